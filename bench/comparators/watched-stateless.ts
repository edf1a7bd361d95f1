// The stateless handler, watched.
import { watchedHandler } from '../instrument/worker';
import stateless from './stateless';

export default watchedHandler({ fetch: (request, env, ctx) => stateless.fetch(request, env as never, ctx) });
