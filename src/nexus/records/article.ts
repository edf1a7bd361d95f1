import * as z from 'zod';
import { details, type Labels, quote, QUOTE_LIMIT, sections } from '../../define/markdown';
import { upstreamText } from '../../define/text';
import type { ToolOutput } from '../../define/tool';
import { SLUG_LIMIT } from '../inputs';

export const articleSummary = z.object({
  slug: upstreamText(SLUG_LIMIT),
  title: upstreamText(200),
  summary: upstreamText(500),
  category: upstreamText(40),
  updated_at: upstreamText(40),
});

export const article = articleSummary.extend({ body: upstreamText(QUOTE_LIMIT).describe('Markdown') });

export type Article = z.output<typeof article>;

export const articleLabels = {
  slug: 'Slug',
  title: 'Title',
  category: 'Category',
  summary: 'Summary',
  updated_at: 'Updated',
} satisfies Labels<z.output<typeof articleSummary>>;

/** One article in full. Its body is Markdown that other people wrote, so it is quoted and not rendered. */
export function showArticle(structured: Article): ToolOutput<Article> {
  return { structured, markdown: sections(details(structured, articleLabels), quote('Article', structured.body)) };
}
