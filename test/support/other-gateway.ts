// The same gateway under other variables, as another deployment of it would run: edge and session objects alike.
import { env } from 'cloudflare:workers';
import { createExecutionContext, runInDurableObject } from 'cloudflare:test';
import type { Bindings } from '../../src/config';
import type { GatewayDefinition } from '../../src/define/gateway';
import { createGateway, type GatewayOptions } from '../../src/gateway';
import { product } from '../product/definition';

type Method = (...args: unknown[]) => unknown;

/** @param variables over those of support/vars.ts; undefined removes one */
export function otherGateway(
  variables: Record<string, string | undefined>,
  definition: GatewayDefinition = product,
  options: GatewayOptions = {},
): (request: Request) => Promise<Response> {
  const { handler, Session, McpSession } = createGateway(definition, options);
  const changed = Object.entries({ ...env, ...variables }).filter(([, value]) => value !== undefined);
  const bindings = Object.fromEntries(changed) as unknown as Bindings;
  const other: Bindings = Object.assign({}, bindings, {
    ...(bindings.SESSIONS && { SESSIONS: objectsOf(env.SESSIONS, (state) => new Session(state, bindings)) }),
    ...(bindings.MCP_SESSIONS && {
      MCP_SESSIONS: objectsOf(env.MCP_SESSIONS, (state) => new McpSession(state, other)),
    }),
  });
  return async (request) =>
    handler.fetch(request as Parameters<typeof handler.fetch>[0], other, createExecutionContext());
}

/** The real namespace would run its objects under the real variables. */
function objectsOf(real: DurableObjectNamespace, construct: (state: DurableObjectState) => object): unknown {
  const instances = new Map<string, Record<string, Method>>();
  const get = (id: DurableObjectId) =>
    new Proxy(
      {},
      {
        get:
          (_target, method) =>
          async (...args: unknown[]) => {
            const sent = await Promise.all(args.map(carry));
            const answer = await runInDurableObject(real.get(id), async (_instance, state) => {
              const instance = instances.get(id.toString()) ?? (construct(state) as unknown as Record<string, Method>);
              instances.set(id.toString(), instance);
              return carry(await instance[String(method)]?.(...sent.map(unpack)));
            });
            return unpack(answer);
          },
      },
    );
  return { idFromName: (name: string) => real.idFromName(name), get };
}

// Bodies belong to the request in which they were made; RPC would carry them over, so this does.
type Carried = {
  readonly carried: 'request' | 'response';
  readonly url: string;
  readonly init: RequestInit & ResponseInit;
  readonly text: string;
};

async function carry(value: unknown): Promise<unknown> {
  if (value instanceof Request) {
    const init = { method: value.method, headers: [...value.headers] };
    return { carried: 'request', url: value.url, init, text: await value.text() };
  }
  if (value instanceof Response) {
    const init = { status: value.status, headers: [...value.headers] };
    return { carried: 'response', url: '', init, text: await value.text() };
  }
  return value;
}

function unpack(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('carried' in value)) return value;
  const { carried, url, init, text } = value as Carried;
  return carried === 'request' ? new Request(url, { ...init, body: text }) : new Response(text, init);
}
