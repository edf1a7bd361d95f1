// Libraries that MCP clients are built of, each with its own OAuth, against the whole running product: from the bare
// URL to data, renewal, reconnecting, stepping up, and being signed out.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ScriptedBrowser, signIn } from '../../demo/browser.ts';
import { MemoryOAuthProvider, redirectUri } from '../../demo/oauth-provider.ts';
import { startStack, type Neighbours } from '../../demo/stack.ts';
import { Wire, type Exchange } from '../../demo/wire.ts';
import { clientKinds, type ClientKind, type Connected } from './interop-clients.ts';

let stack: Neighbours;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

const readOnly = ['profile:read', 'leads:read'];

/** One person with one client, and everything that went over the wire. */
class Desk {
  readonly url = new URL(`${stack.gatewayUrl}/mcp`);
  readonly oauth = new MemoryOAuthProvider('Interop');
  readonly wire = new Wire();
  readonly #kind: ClientKind;
  readonly #browser = new ScriptedBrowser(redirectUri);

  constructor(kind: ClientKind) {
    this.#kind = kind;
  }

  get #way() {
    return { url: this.url, oauth: this.oauth, fetch: this.wire.fetch };
  }

  connect(): Promise<Connected> {
    return this.#kind.connect(this.#way);
  }

  /** Whether this attempt ends with the client sending its user to sign in. */
  async wantsSignIn(attempt: Promise<unknown>): Promise<boolean> {
    const error: unknown = await attempt.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return this.#kind.wantsSignIn(error);
  }

  /** Goes where the client sends its user, and brings the code back. @returns the scopes that were asked for */
  async signIn(scopes?: readonly string[]): Promise<string[]> {
    const wanted = this.oauth.takeAuthorizationUrl();
    if (!wanted) throw new Error('The client has begun no authorization.');
    const page = await signIn(this.#browser, wanted, { login: 'ada@acme.example', ...(scopes && { scopes }) });
    if (!this.#browser.arrived(page)) throw new Error(this.#browser.read(page));
    await this.#kind.finish(this.#way, this.oauth.accept(page.url));
    return wanted.searchParams.get('scope')?.split(' ') ?? [];
  }

  async connectFromNothing(scopes?: readonly string[]): Promise<Connected> {
    if (!(await this.wantsSignIn(this.connect()))) throw new Error('It was not sent to sign in.');
    await this.signIn(scopes);
    return this.connect();
  }

  /** An access token that the gateway does not take: as after it expired. */
  spoilAccessToken(): void {
    const tokens = this.oauth.tokens();
    if (tokens) this.oauth.saveTokens({ ...tokens, access_token: `${tokens.access_token}x` });
  }

  async signOutElsewhere(): Promise<void> {
    const token = this.oauth.tokens()?.refresh_token ?? '';
    const clientId = this.oauth.clientInformation()?.client_id ?? '';
    const body = new URLSearchParams({ token, client_id: clientId });
    const { status } = await fetch(`${stack.gatewayUrl}/oauth/token`, { method: 'POST', body });
    if (status !== 200) throw new Error(`The revocation was answered with status ${status}.`);
  }
}

const calls = (exchanges: Exchange[]): Exchange[] => exchanges.filter(({ url }) => url.pathname === '/mcp');
const whoIs = (result: Record<string, unknown>): unknown =>
  (result['structuredContent'] as Record<string, unknown> | undefined)?.['email'];

describe.each(clientKinds)('$name', (kind) => {
  let desk: Desk;
  beforeEach(() => {
    desk = new Desk(kind);
  });

  test('goes from the bare URL to data', async () => {
    const client = await desk.connectFromNothing();
    expect(await client.toolNames()).toContain('search_leads');
    const found = await client.call('search_leads', { stage: 'won', limit: 2 });
    expect(found['isError']).toBeFalsy();
    expect(found['structuredContent']).toMatchObject({ items: [{ stage: 'won' }, { stage: 'won' }] });
    await client.close();

    const exchanges = calls(desk.wire.take());
    expect(exchanges[0]?.status).toBe(401);
    expect(exchanges.findLast(({ method }) => method === 'POST')?.headers.get('MCP-Protocol-Version')).toBe(
      kind.revision,
    );
  });

  test('renews its access token by itself, and goes on', async () => {
    const client = await desk.connectFromNothing();
    const before = desk.oauth.tokens();
    desk.spoilAccessToken();
    expect(whoIs(await client.call('whoami'))).toBe('ada@acme.example');
    expect(desk.oauth.takeAuthorizationUrl()).toBeUndefined();
    expect(desk.oauth.tokens()?.refresh_token).not.toBe(before?.refresh_token);
    await client.close();
  });

  test('connects again with what it has stored, without its user', async () => {
    await (await desk.connectFromNothing()).close();
    for (const spoil of [false, true]) {
      if (spoil) desk.spoilAccessToken();
      const again = await desk.connect();
      expect(whoIs(await again.call('whoami'))).toBe('ada@acme.example');
      await again.close();
    }
    expect(desk.oauth.takeAuthorizationUrl()).toBeUndefined();
  });

  test('steps up in one round and sees the tools, or is told how its user gets them', async () => {
    const client = await desk.connectFromNothing(readOnly);
    expect(await client.toolNames()).toContain('request_access');
    expect(await client.toolNames()).not.toContain('update_lead_stage');
    const request = () => client.call('request_access', { scopes: ['leads:write'] });
    if (kind.stepsUp) {
      expect(await desk.wantsSignIn(request())).toBe(true);
      // What it has and what it lacks, all at once.
      expect((await desk.signIn()).toSorted()).toEqual(['leads:read', 'leads:write', 'profile:read']);
      expect(JSON.stringify(await request())).toContain('List the tools again, and use create_lead');
      expect(await client.toolNames()).toContain('update_lead_stage');
      const moved = await client.call('update_lead_stage', { lead_id: 'lead_0001', stage: 'contacted' });
      expect(moved['isError']).toBeFalsy();
    } else {
      const told = await request().then((result) => JSON.stringify(result), String);
      expect(told).toMatch(/create leads and move them between stages \(leads:write\)/);
      expect(told).toMatch(/disconnect Nexus/);
      // And what it could do, it still can.
      expect(whoIs(await client.call('whoami'))).toBe('ada@acme.example');
    }
    await client.close();
  });

  test('sends its user to sign in when the session was ended elsewhere', async () => {
    const client = await desk.connectFromNothing();
    await desk.signOutElsewhere();
    expect(await desk.wantsSignIn(client.call('whoami'))).toBe(true);
    await desk.signIn();
    await client.close();
    const again = await desk.connect();
    expect(whoIs(await again.call('whoami'))).toBe('ada@acme.example');
    await again.close();
  });
});
