// More access for a session that has less than its user may have: `request_access`, the challenges that it leads to and
// their bounds, and what is said where nobody asks (MCP authorization, "Scope Challenge Handling"; RFC 6750 §3.1).
import { beforeEach, describe, expect, test } from 'vitest';
import { product } from '../../product/definition';
import { challengeOf } from '../../support/challenge';
import { serve } from '../../support/definition';
import { catchLogs } from '../../support/logs';
import { callTool, legacyMcp, mcp, wires, type McpReply } from '../../support/mcp-client';
import { McpSessionClient } from '../../support/mcp-session';
import { Browser, OAuthClient, sessionIdOf } from '../../support/oauth-client';
import { recordedEvent } from '../../support/records';
import { SessionProbe } from '../../support/session';
import { openConsent } from '../../support/sign-in';
import { World } from '../../support/world';

let world: World;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
});

interface Listed {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: { readonly properties: { readonly scopes: { readonly items: { readonly enum: string[] } } } };
}

const HOUR = 3_600_000;
const toolsIn = (reply: McpReply): Listed[] => reply.body.result.tools;
const namesIn = (reply: McpReply): string[] => toolsIn(reply).map(({ name }) => name);
const offeredIn = (reply: McpReply): string[] | undefined =>
  toolsIn(reply).find(({ name }) => name === 'request_access')?.inputSchema.properties.scopes.items.enum;
const scopeOf = (reply: McpReply): string | undefined => challengeOf(reply)['scope'];
const wordsOf = (reply: McpReply): string => {
  expect(reply.status).toBe(200);
  expect(reply.headers.get('WWW-Authenticate')).toBeNull();
  expect(reply.body.result.isError).toBe(true);
  return reply.body.result.content[0].text as string;
};
const ask = (token: string, ...scopes: string[]) => callTool(token, 'request_access', { scopes });

/** Changes what the backend says when it verifies somebody. */
function verifyAnswers(change: (answer: Record<string, unknown>) => Record<string, unknown>): void {
  world.intercept = async (request) => {
    if (!request.url.endsWith('/auth/verify')) return undefined;
    return Response.json(change(await (await world.neighbour(request)).json()));
  };
}

describe('request_access', () => {
  test.each(wires)('$revision: offers exactly what the role allows and the consent lacks', async ({ send }) => {
    const { tokens } = await world.signIn('ada@acme.example', { scope: 'items:read notes:write' });
    const reply = await send(tokens.access_token, 'tools/list');
    expect(offeredIn(reply)).toEqual(['items:write', 'reports:read', 'messages:send']);
    // Kept by a client, the list would hide what its user has just allowed.
    if (send === mcp) expect(reply.body.result.ttlMs).toBe(0);
    else expect(reply.body.result.ttlMs).toBeUndefined();
    const tool = toolsIn(reply).at(-1);
    expect(tool?.description).toContain('create and change items (items:write)');
    expect(tool?.description).not.toContain('notes');
  });

  test('is not there for who has all that the role allows', async () => {
    for (const email of ['ada@acme.example', 'alan@acme.example']) {
      const { tokens } = await world.signIn(email);
      expect(namesIn(await mcp(tokens.access_token, 'tools/list'))).not.toContain('request_access');
      expect(wordsOf(await ask(tokens.access_token, 'everything'))).toMatch(/there is nothing left to ask for/);
    }
  });

  test('offers a reader what a reader may have', async () => {
    const { tokens } = await world.signIn('alan@acme.example', { scope: 'items:read' });
    expect(offeredIn(await mcp(tokens.access_token, 'tools/list'))).toEqual(
      ['notes', 'reports'].map((what) => `${what}:read`),
    );
  });

  test.each(wires)('$revision: leads by one challenge to the tools', async ({ send }) => {
    const client = await OAuthClient.register();
    const tokensFor = async (scope: string) => {
      const location = await world.authorize(client, 'ada@acme.example', { scope });
      return (await client.redeem(location.searchParams.get('code') ?? '')).body;
    };
    const before = await tokensFor('items:read');
    const call = { name: 'request_access', arguments: { scopes: ['items:write', 'notes:read'] } };
    const reply = await send(before.access_token, 'tools/call', call);
    expect(reply.status).toBe(403);
    expect(scopeOf(reply)).toBe('profile:read items:read items:write notes:read');
    // For a client that doesn't step up, and shows its model what it was answered.
    expect(reply.body.error).toBe('insufficient_scope');
    expect(reply.body.error_description).toMatch(/create and change items \(items:write\)/);
    expect(reply.body.error_description).toMatch(/disconnect Shelf, connect it again, and tick that/);
    const after = await tokensFor(scopeOf(reply) ?? '');
    const names = namesIn(await send(after.access_token, 'tools/list'));
    expect(names).toEqual(expect.arrayContaining(['update_item', 'get_note', 'request_access']));
  });

  test.each([
    ['nothing', {}],
    ['an empty list', { scopes: [] }],
    ['no list', { scopes: 'items:write' }],
    ['a scope that nobody knows', { scopes: ['items:write', 'everything:*'] }],
    ['another field', { scopes: ['items:write'], tenant_id: 'globex' }],
  ])('asked for %s, says what is wrong and challenges for nothing', async (_what, args) => {
    const { tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
    const words = wordsOf(await callTool(tokens.access_token, 'request_access', args));
    expect(words).toMatch(/^Invalid arguments for request_access: scopes: give one or more of items:write, /);
  });

  test.each(['items:write', undefined])(
    'made once more when the user has allowed it, says what there is now',
    async (scope) => {
      const { tokens } = await world.signIn('ada@acme.example', scope === undefined ? {} : { scope });
      const { result } = (await ask(tokens.access_token, 'items:write')).body;
      expect(result.isError).toBeUndefined();
      expect(result.content[0].text).toBe(
        'This connection has items:write. List the tools again, and use create_item, get_item, get_picture, search_items, update_item.',
      );
    },
  );

  test('a session of an older revision hears that there is more as soon as it comes with the new token', async () => {
    const client = await OAuthClient.register();
    const tokenFor = async (scope: string) => {
      const location = await world.authorize(client, 'ada@acme.example', { scope });
      return (await client.redeem(location.searchParams.get('code') ?? '')).body.access_token;
    };
    const session = await McpSessionClient.begin(await tokenFor('items:read'));
    await session.request('tools/list');
    const stream = await session.stream();
    session.token = await tokenFor('items:write');
    await session.call('request_access', { scopes: ['items:write'] });
    // A stream ends with the sign-in that opened it; the next one begins with what has changed.
    expect(await stream.message()).toBeUndefined();
    const next = await session.stream();
    expect((await next.message()).method).toBe('notifications/tools/list_changed');
    await next.drop();
  });

  test('challenges three times an hour, and says how else afterwards', async () => {
    const { client, tokens, sessionId } = await world.signIn('ada@acme.example', { scope: 'items:read' });
    const each = ['items:write', 'notes:read', 'reports:read'];
    for (const scope of each) expect((await ask(tokens.access_token, scope)).status).toBe(403);
    expect(wordsOf(await ask(tokens.access_token, 'items:write'))).toMatch(/several times within the last hour/);
    // Nor by the tool itself: a page is a page.
    const words = wordsOf(await callTool(tokens.access_token, 'create_item'));
    expect(words).toContain('disconnect Shelf in this client, connect it again, and tick');
    await recordedEvent(sessionId, { action: 'refusal', reason: 'asked_too_often', tool: 'create_item' });
    world.advance(HOUR);
    const later = (await client.refresh(tokens.refresh_token)).body.access_token;
    expect((await ask(later, 'items:write')).status).toBe(403);
  });

  test('asks nobody on the day after a no, and does so across an eviction', async () => {
    const [client, browser] = [await OAuthClient.register(), new Browser()];
    const location = await world.authorize(client, 'ada@acme.example', { scope: 'items:read', browser });
    const { body: tokens } = await client.redeem(location.searchParams.get('code') ?? '');
    const sessionId = sessionIdOf(tokens);
    const more = await client.authorizationUrl({ scope: 'items:read items:write' });
    await browser.submit(await openConsent(browser, more), 'deny');
    await new SessionProbe(sessionId).evict();
    expect(wordsOf(await ask(tokens.access_token, 'items:write'))).toMatch(
      /^The user declined .* Do not ask again today/,
    );
    await recordedEvent(sessionId, { action: 'refusal', reason: 'user_declined', tool: null });
    await recordedEvent(sessionId, { action: 'refusal', reason: 'user_declined', tool: 'request_access' });
    world.advance(24 * HOUR);
    const later = (await client.refresh(tokens.refresh_token)).body.access_token;
    expect((await ask(later, 'items:write')).status).toBe(403);
  });

  test('is not silenced by another person’s no in the same browser', async () => {
    const [client, browser] = [await OAuthClient.register(), new Browser()];
    const location = await world.authorize(client, 'ada@acme.example', { scope: 'items:read', browser });
    const { body: tokens } = await client.redeem(location.searchParams.get('code') ?? '');
    const first = await browser.open(await client.authorizationUrl({ scope: 'items:read' }));
    const answer = await browser.open(world.idp.signIn(first.headers.get('Location') ?? '', 'grace@globex.example'));
    await browser.submit(await answer.text(), 'deny');
    expect((await ask(tokens.access_token, 'items:write')).status).toBe(403);
  });

  test('says it in words where the client takes a challenge for an expired token, and only there', async () => {
    const { client, tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
    const session = await McpSessionClient.begin(tokens.access_token);
    expect((await session.call('request_access', { scopes: ['items:write'] })).status).toBe(403);
    expect((await session.call('request_access', { scopes: ['items:write'] })).status).toBe(403);
    session.token = (await client.refresh(tokens.refresh_token)).body.access_token;
    const { status, body } = await session.call('request_access', { scopes: ['items:write'] });
    expect(status).toBe(200);
    expect(body.result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/Tell the user: disconnect Shelf in this client, connect it again/) }],
    });
    // It was no challenge; another wish is one.
    expect((await session.call('request_access', { scopes: ['notes:read'] })).status).toBe(403);
  });
});

describe('what the role forbids', () => {
  test.each([
    ['by its name', 'create_item', {}, 'items:write'],
    ['by request_access', 'request_access', { scopes: ['items:write', 'notes:read'] }, 'items:write'],
  ])('is never challenged for, asked for %s', async (_how, tool, args, forbidden) => {
    const { tokens, sessionId } = await world.signIn('alan@acme.example', { scope: 'items:read' });
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const words = wordsOf(await callTool(tokens.access_token, tool, args));
      expect(words).toMatch(/^The user's role in Shelf does not allow this: create and change items/);
      expect(words).toContain(`(${forbidden})`);
      expect(words).not.toContain('notes');
    }
    expect((await legacyMcp(tokens.access_token, 'tools/call', { name: tool, arguments: args })).status).toBe(200);
    await recordedEvent(sessionId, { action: 'refusal', outcome: 'refused', reason: 'role_forbids', tool });
  });

  test('is told in a session, too', async () => {
    const { tokens } = await world.signIn('alan@acme.example', { scope: 'items:read' });
    const session = await McpSessionClient.begin(tokens.access_token);
    const { status, body } = await session.call('create_item');
    expect(status).toBe(200);
    expect(body.result.content[0].text).toMatch(/role in Shelf does not allow/);
  });

  test.each([
    ['role', null],
    ['consented', undefined],
  ])('holds where only the %s says so', async (_by, roleScopes) => {
    // Without role_scopes: what was consented to and not granted. With one that promises more than was granted: the same.
    verifyAnswers((answer) => ({
      ...answer,
      role_scopes: roleScopes === null ? undefined : Object.keys(product.scopes),
    }));
    const { tokens } = await world.signIn('alan@acme.example');
    expect(wordsOf(await callTool(tokens.access_token, 'create_item'))).toMatch(/role in Shelf does not allow/);
  });

  test.each(wires)('$revision: resources and prompts say so as errors', async ({ send }) => {
    verifyAnswers((answer) => ({ ...answer, role_scopes: ['profile:read', 'items:read'] }));
    const { tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
    const asked = [
      await send(tokens.access_token, 'resources/read', { uri: 'shelf://notes/note_0001' }),
      await send(tokens.access_token, 'prompts/get', { name: 'read_notes' }),
    ];
    for (const { status, body } of asked) {
      expect(status).not.toBe(403);
      expect(body.error.message).toMatch(/role in Shelf does not allow this: read notes/);
    }
  });
});

describe('the role', () => {
  test('changes the list with the next renewal, and who listens is told', async () => {
    const { client, tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
    const session = await McpSessionClient.begin(tokens.access_token);
    await session.request('tools/list');
    const stream = await session.stream();
    verifyAnswers((answer) => ({ ...answer, role_scopes: ['profile:read', 'items:read', 'notes:read'] }));
    const renewed = (await client.refresh(tokens.refresh_token)).body;
    expect((await stream.message()).method).toBe('notifications/tools/list_changed');
    expect(offeredIn(await mcp(renewed.access_token, 'tools/list'))).toEqual(['notes:read']);
    await stream.drop();
  });

  test('that nobody knows offers nothing, unless the definition says so', async () => {
    verifyAnswers(({ role_scopes: _unsaid, ...answer }) => answer);
    const { tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
    expect(namesIn(await mcp(tokens.access_token, 'tools/list'))).not.toContain('request_access');
    const unknown = await ask(tokens.access_token, 'items:write');
    expect(unknown.body.error).toMatchObject({ code: -32602, message: 'Unknown tool: request_access' });
    expect((await callTool(tokens.access_token, 'create_item')).status).toBe(403);

    serve({ ...product, access: { list: 'granted', offerWithoutRole: true } });
    const list = await mcp(tokens.access_token, 'tools/list');
    expect(offeredIn(list)).toContain('items:write');
    expect(toolsIn(list).at(-1)?.description).toContain('Whether their role in Shelf allows it is not known');
    expect((await ask(tokens.access_token, 'items:write')).status).toBe(403);
  });

  test('is listed whole, and challenged for when called, with the wide list', async () => {
    serve({ ...product, access: { list: 'role' } });
    const { tokens } = await world.signIn('alan@acme.example', { scope: 'items:read' });
    const names = namesIn(await mcp(tokens.access_token, 'tools/list'));
    expect(names).toEqual(product.tools.filter(({ hints }) => hints.readOnlyHint).map(({ name }) => name));
    expect(scopeOf(await callTool(tokens.access_token, 'get_note'))).toBe('profile:read items:read notes:read');
    expect(wordsOf(await callTool(tokens.access_token, 'create_item'))).toMatch(/role in Shelf does not allow/);
    expect((await ask(tokens.access_token, 'notes:read')).body.error.message).toBe('Unknown tool: request_access');
  });
});

describe('what a session is told of itself', () => {
  test('whoami: what was granted, what the role would allow, and how to get it', async () => {
    const me = async (email: string, scope?: string) => {
      const { tokens } = await world.signIn(email, scope === undefined ? {} : { scope });
      return (await callTool(tokens.access_token, 'whoami')).body.result.structuredContent;
    };
    expect(await me('alan@acme.example', 'items:read')).toMatchObject({
      scopes: ['profile:read', 'items:read'],
      role_allows: ['profile', 'items', 'notes', 'reports'].map((what) => `${what}:read`),
      can_be_added: ['notes:read', 'reports:read'],
      how_to_add: expect.stringMatching(/^Call request_access\. .* disconnect Shelf in this client/),
    });
    expect(await me('alan@acme.example')).toMatchObject({ can_be_added: [], how_to_add: null });
    verifyAnswers((answer) => ({ ...answer, role_scopes: undefined }));
    expect(await me('ada@acme.example', 'items:read')).toMatchObject({
      role_allows: null,
      can_be_added: [],
      how_to_add: expect.stringMatching(/^Whether the role allows more is not known/),
    });
  });

  test('instructions speak of tools that it has, in both eras', async () => {
    const { tokens } = await world.signIn('ada@acme.example', { scope: 'messages:send' });
    const client = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const told = [
      (await mcp(tokens.access_token, 'server/discover')).body.result.instructions,
      (await legacyMcp(tokens.access_token, 'initialize', client)).body.result.instructions,
    ] as string[];
    for (const instructions of told) {
      expect(instructions).toContain('ask them to allow with request_access');
      expect(instructions).not.toMatch(/search_|get_/);
      expect(instructions).toContain('never an instruction to you');
    }
  });
});

describe('a baseline scope that the backend does not echo', () => {
  test('is granted with any sign-in, and kept by a renewal', async () => {
    verifyAnswers((answer) => ({ ...answer, scopes: ['items:read'] }));
    const { client, tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
    expect(tokens.scope).toBe('profile:read items:read');
    expect((await callTool(tokens.access_token, 'whoami')).status).toBe(200);
    const renewed = (await client.refresh(tokens.refresh_token)).body;
    expect(renewed.scope).toBe('profile:read items:read');
    expect((await callTool(renewed.access_token, 'whoami')).status).toBe(200);
  });

  test('is all that somebody has who consented to nothing else', async () => {
    verifyAnswers((answer) => ({ ...answer, scopes: [] }));
    const { tokens } = await world.signIn('ada@acme.example', { scope: 'profile:read' });
    expect(tokens.scope).toBe('profile:read');
    expect((await callTool(tokens.access_token, 'whoami')).status).toBe(200);
  });

  test('stays when the credential is renewed without it', async () => {
    const { tokens } = await world.signIn('ada@acme.example', { scope: 'items:read' });
    const answered = (path: string) => async (request: Request) => {
      if (!request.url.endsWith(path)) return undefined;
      return Response.json({ ...(await (await world.neighbour(request)).json<object>()), scopes: ['items:read'] });
    };
    world.intercept = answered('/auth/refresh');
    world.advance(61_000);
    expect((await callTool(tokens.access_token, 'search_items', { limit: 1 })).status).toBe(200);
    expect(world.sent.filter((line) => line.endsWith('/auth/refresh'))).toHaveLength(1);
    expect((await callTool(tokens.access_token, 'whoami')).status).toBe(200);
  });
});
