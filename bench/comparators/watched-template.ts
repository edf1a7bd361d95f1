// The template, watched.
import { watchedHandler, watchedObject } from '../instrument/worker';
import template, * as entry from './template';

export default watchedHandler({ fetch: (request, env, ctx) => template.fetch(request, env as never, ctx) });
export const TemplateAgent = watchedObject(entry.TemplateAgent);
