import * as z from 'zod';
import { path } from '../../define/api';
import { defineTool } from '../../define/tool';
import { articleCategories } from '../enums';
import { reads } from '../hints';
import { query } from '../inputs';
import { listed, pageOf, paging } from '../lists';
import { articleLabels, articleSummary } from '../records/article';

const filters = {
  query,
  category: z.enum(articleCategories).optional().describe('Only articles of this kind'),
};
const articles = pageOf(articleSummary);

export const searchKnowledge = defineTool({
  name: 'search_knowledge',
  title: 'Search knowledge base',
  description: `Find articles of the workspace's knowledge base (guides, policies, FAQs, troubleshooting) by text or category.
Use it for how-to and policy questions before answering from memory; get_article reads an article.
Example: {"query": "refund", "category": "policy"}`,
  scopes: ['knowledge:read'],
  upstream: 'default',
  input: z.strictObject({ ...filters, ...paging }),
  output: articles,
  hints: reads,
  run: async (input, { api }) => listed(await api.get(path`/v1/articles`, articles, input), articleLabels, filters),
});
