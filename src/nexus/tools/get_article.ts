import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { reads } from '../hints';
import { id, SLUG_LIMIT } from '../inputs';
import { article, showArticle } from '../records/article';

export const getArticle = defineTool({
  name: 'get_article',
  title: 'Get article',
  description: `Read one article of the knowledge base. Use it after search_knowledge, and name the article when you answer from it.
Example: {"slug": "refund-policy"}`,
  scopes: ['knowledge:read'],
  upstream: 'default',
  input: z.strictObject({ slug: id('Slug of the article, as search_knowledge returns it', SLUG_LIMIT) }),
  output: article,
  hints: reads,
  run: async ({ slug }, { api }) => showArticle(await api.get(path`/v1/articles/${slug}`, article)),
});
