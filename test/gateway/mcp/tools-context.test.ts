// What a tool is given, in a gateway of another definition that shares the real session: an identity and a client,
// and no token of either hop, however deep one looks.
import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { path } from '../../../src/define/api';
import { defineGateway } from '../../../src/define/gateway';
import { defineTool, type AnyTool, type InteractiveToolContext, type ToolContext } from '../../../src/define/tool';
import { createGateway } from '../../../src/gateway';
import { product } from '../../product/definition';
import { reads } from '../../product/schemas';
import { catchLogs, type Logs } from '../../support/logs';
import { callTool } from '../../support/mcp-client';
import { useGateway } from '../../support/oauth-client';
import { testVars } from '../../support/vars';
import { World } from '../../support/world';

let world: World;
let logs: Logs;
beforeEach(async () => {
  logs = catchLogs();
  world = await World.begin();
});

/** Serves everything that follows with these tools instead of Shelf's. */
function serve(...tools: AnyTool[]): void {
  const { handler } = createGateway(defineGateway({ ...product, tools }));
  useGateway(async (request) => handler.fetch(request as never, env, createExecutionContext()));
}

const done = { structured: {}, markdown: 'done' };

function probe(run: (context: ToolContext, input: object) => Promise<void>): AnyTool {
  return defineTool({
    ...looks,
    run: async (input, context) => {
      await run(context, input);
      return done;
    },
  });
}

/** The same, of a tool that may talk to its client. */
function interactiveProbe(run: (context: InteractiveToolContext, input: object) => Promise<void>): AnyTool {
  return defineTool({
    ...looks,
    interactive: true,
    run: async (input, context) => {
      await run(context, input);
      return done;
    },
  });
}

const looks = {
  name: 'probe',
  title: 'Probe',
  description: 'Looks at what it is given.',
  scopes: ['items:read'],
  upstream: 'default',
  input: z.strictObject({ item_id: z.string().optional() }),
  output: z.object({}),
  hints: reads,
} as const;

/** Every string that can be reached from a value: hidden properties, symbols, prototypes, collections and causes. */
function reachable(value: unknown, seen = new Set<unknown>(), strings: string[] = []): string[] {
  if (typeof value === 'string') strings.push(value);
  if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) return strings;
  seen.add(value);
  if (typeof value === 'function') strings.push(value.toString());
  if (value instanceof Map || value instanceof Set || value instanceof Headers)
    for (const entry of value) reachable(entry, seen, strings);
  for (const key of Reflect.ownKeys(value)) {
    strings.push(String(key));
    try {
      reachable((value as Record<PropertyKey, unknown>)[key], seen, strings);
    } catch {
      // A getter that refuses gives nothing away.
    }
  }
  return reachable(Object.getPrototypeOf(value), seen, strings);
}

test('neither the client’s token nor the upstream’s can be found in a tool’s context', async () => {
  const found: string[] = [];
  const bearers: string[] = [];
  world.intercept = (request) => void bearers.push(request.headers.get('Authorization')?.slice(7) ?? '');
  serve(
    interactiveProbe(async (context, input) => {
      found.push(...reachable(context), ...reachable(input));
      const answer = await context.api.get(path`/v1/items/${'item_0001'}`, z.object({ id: z.string() }));
      const failure: unknown = await context.api
        .get(path`/v1/items/${'none'}`, z.any())
        .catch((error: unknown) => error);
      found.push(...reachable(context), ...reachable(answer), ...reachable(failure));
    }),
  );
  const { tokens } = await world.signIn('ada@acme.example');
  bearers.length = 0;
  const { body } = await callTool(tokens.access_token, 'probe');
  expect(body.result.content).toEqual([{ type: 'text', text: 'done' }]);

  const upstreamToken = bearers.at(-1) ?? '';
  expect(upstreamToken.length).toBeGreaterThan(20);
  // The search finds what is there to be found: the caller, and the failure's own words.
  expect(found).toContain('usr_0001');
  expect(found).toContain('upstream_not_found');
  const everything = found.join('\n');
  for (const secret of [
    upstreamToken,
    tokens.access_token,
    tokens.access_token.split(':').at(-1) ?? '',
    tokens.refresh_token,
    testVars.PRODUCT_ADMIN_TOKEN,
    testVars.IDP_CLIENT_SECRET,
    testVars.SESSION_KEY,
    testVars.CONSENT_KEY,
  ])
    expect(everything).not.toContain(secret);
});

test('its context holds exactly the caller, the API and a signal; an interactive tool’s the client as well', async () => {
  let quiet: ToolContext | undefined;
  serve(probe(async (given) => void (quiet = given)));
  const { access_token: any } = (await world.signIn('ada@acme.example', { scope: 'items:read' })).tokens;
  // By the SDK first, and then by the fast path.
  for (let time = 0; time < 2; time += 1) {
    await callTool(any, 'probe');
    expect(Object.keys(quiet ?? {}).toSorted()).toEqual(['api', 'caller', 'moreAccess', 'signal']);
  }

  let context: InteractiveToolContext | undefined;
  serve(interactiveProbe(async (given) => void (context = given)));
  const { tokens, client } = await world.signIn('ada@acme.example', { scope: 'items:read' });
  await callTool(tokens.access_token, 'probe');
  expect(Object.keys(context ?? {}).toSorted()).toEqual([
    'api',
    'caller',
    'client',
    'log',
    'moreAccess',
    'progress',
    'round',
    'signal',
  ]);
  expect(Object.keys(context?.client ?? {}).toSorted()).toEqual(['can', 'name', 'version']);
  expect(Object.keys(context?.api ?? {}).toSorted()).toEqual(['delete', 'get', 'patch', 'post', 'put', 'request']);
  expect(context?.caller).toEqual({
    userId: 'usr_0001',
    email: 'ada@acme.example',
    tenantId: 'acme',
    tenantName: 'Acme Industries',
    clientId: client.clientId,
    scopes: ['profile:read', 'items:read'],
    attainable: Object.keys(product.scopes),
    roleKnown: true,
    signedInAt: expect.any(Number),
  });
});

test('what a tool does to its caller does not outlive the call', async () => {
  const seen: string[][] = [];
  serve(
    probe(async ({ caller }) => {
      seen.push([...caller.scopes]);
      (caller.scopes as string[]).push('*');
      Object.assign(caller, { tenantId: 'globex' });
    }),
  );
  const { tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
  await callTool(tokens.access_token, 'probe');
  await callTool(tokens.access_token, 'probe');
  expect(seen[1]).toEqual(seen[0]);
  serve(...product.tools);
  expect((await callTool(tokens.access_token, 'create_item')).status).toBe(403);
  const me = await callTool(tokens.access_token, 'whoami');
  expect(me.body.result.structuredContent).toMatchObject({ tenant_id: 'acme', scopes: ['profile:read', 'items:read'] });
});

test('a tool that breaks tells the model its request id, and the log the rest', async () => {
  serve(probe(() => Promise.reject(new Error('secret detail at /srv/app.ts:17'))));
  const { tokens } = await world.signIn('ada@acme.example');
  const { headers, body } = await callTool(tokens.access_token, 'probe');
  expect(body.result.isError).toBe(true);
  expect(body.result.content[0].text).toBe(
    `The gateway could not finish this call. Its operator can find it by the request id ${headers.get('X-Request-Id')}.`,
  );
  expect(logs.of('tool.failed')).toMatchObject([
    { tool: 'probe', problem: 'secret detail at /srv/app.ts:17', requestId: headers.get('X-Request-Id') },
  ]);
});

test('no input of the real catalogue names a tenant or a user', () => {
  for (const tool of product.tools) {
    const names = Object.keys(tool.input.shape);
    expect(
      names.filter((name) => /tenant|workspace|user|account_id|token/.test(name)),
      tool.name,
    ).toEqual([]);
  }
});
