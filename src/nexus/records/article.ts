import * as z from 'zod';
import { type Labels, QUOTE_LIMIT } from '../../define/markdown';
import { upstreamText } from '../../define/text';

export const articleSummary = z.object({
  slug: upstreamText(128),
  title: upstreamText(200),
  summary: upstreamText(500),
  category: upstreamText(40),
  updated_at: upstreamText(40),
});

export const article = articleSummary.extend({ body: upstreamText(QUOTE_LIMIT).describe('Markdown') });

export const articleLabels = {
  slug: 'Slug',
  title: 'Title',
  category: 'Category',
  summary: 'Summary',
  updated_at: 'Updated',
} satisfies Labels<z.output<typeof articleSummary>>;
