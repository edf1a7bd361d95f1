import { path } from '../../define/api';
import { defineResourceTemplate } from '../../define/resource';
import { slugs } from '../completions';
import { idIn, SLUG_LIMIT } from '../inputs';
import { article, showArticle } from '../records/article';
import { RECORD_TYPE, recordBody, uriTemplates } from '../uris';

export const articleResource = defineResourceTemplate({
  name: 'article',
  title: 'Knowledge base article',
  description: 'An article of the knowledge base of your workspace: a guide, a policy, an FAQ or troubleshooting.',
  uriTemplate: uriTemplates.article,
  mimeType: RECORD_TYPE,
  scopes: ['knowledge:read'],
  upstream: 'default',
  complete: { slug: slugs },
  async read(variables, { api }) {
    const slug = idIn(variables, 'slug', SLUG_LIMIT);
    return [recordBody('article', slug, showArticle(await api.get(path`/v1/articles/${slug}`, article)).markdown)];
  },
});
