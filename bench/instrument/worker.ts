// Puts the watch around a Worker's entry point, and answers what it has seen.
import { DurableObject } from 'cloudflare:workers';
import { Meter } from './active';
import { counts, holdUp, takeCounts } from './counts';
import { alarmsDueWithin, settleCursors, watchEnvironment, watchFetch, watchStorage } from './bindings';

type Handler = { fetch(request: Request, env: object, ctx: ExecutionContext): Response | Promise<Response> };

/**
 * `/bench/counts` takes the counts, `/bench/alarms?ms=` tells how many alarms are due by then, and `/bench/delay?ms=` holds
 * up every hop. Everything else is the Worker's.
 */
export function watchedHandler(handler: Handler): Handler {
  watchFetch();
  return {
    async fetch(request, env, ctx) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === '/bench/counts') {
        settleCursors();
        return Response.json(takeCounts());
      }
      if (pathname === '/bench/alarms') return Response.json(alarmsDueWithin(Number(searchParams.get('ms'))));
      if (pathname === '/bench/delay') {
        holdUp(Number(searchParams.get('ms')));
        return new Response();
      }
      watchEnvironment(env);
      counts.requests += 1;
      return handler.fetch(request, env, ctx);
    },
  };
}

// oxlint-disable-next-line typescript/no-explicit-any -- what TypeScript asks of a mixin's base
type ObjectClass = new (...args: any[]) => object;
type Method = (...args: unknown[]) => unknown;

/** The class of a Durable Object, watched from its first line on. */
export function watchedObject<Base extends ObjectClass>(base: Base): Base {
  class Watched extends base {
    readonly meter = new Meter();

    // oxlint-disable-next-line typescript/no-explicit-any -- as above
    constructor(...args: any[]) {
      const [ctx, env] = args as [DurableObjectState, object];
      watchStorage(ctx.storage);
      watchEnvironment(env);
      super(...args);
    }
  }
  for (const name of methodsOf(base)) {
    const inherited = (base.prototype as Record<string, Method>)[name];
    const watched = function (this: Watched, ...args: unknown[]): unknown {
      if (name === 'alarm') counts.alarms += 1;
      if (name === 'webSocketMessage') counts.socketMessages += 1;
      return this.meter.run(async () => inherited?.apply(this, args));
    };
    Object.defineProperty(Watched.prototype, name, { value: watched, configurable: true, writable: true });
  }
  return Watched;
}

/** What the platform, or a stub over RPC, may call. */
function methodsOf(base: ObjectClass): string[] {
  const events = ['fetch', 'alarm', 'webSocketMessage', 'webSocketClose', 'webSocketError'];
  const prototype = base.prototype as object;
  // The gateway's own classes have no public methods but those of their face.
  const own = Object.getPrototypeOf(prototype) === DurableObject.prototype ? Object.getOwnPropertyNames(prototype) : [];
  return [...new Set([...events.filter((name) => name in prototype), ...own])].filter((name) => name !== 'constructor');
}
