// The story that `npm run demo` tells: what four people see of the gateway, and what goes over the wire meanwhile.
// It leaves nothing behind that keeps it from being told again.
import { OAuthError, refreshAuthorization } from '@modelcontextprotocol/client';
import { call, challenged, refused, type Scene } from './calls.ts';
import { count, expect, json, number, quote, records, type Structured } from './narrator.ts';
import { connect, type Connection, SignInRefused } from './oauth-client.ts';

const readScopes = ['profile', 'leads', 'customers', 'tickets', 'knowledge', 'analytics'].map((what) => `${what}:read`);
const whoami = { name: 'whoami', arguments: {} };
const searchManufacturing = { name: 'search_leads', arguments: { industry: 'manufacturing', limit: 3 } };

/** Throws DemoFailure where something is not as it should be. */
export async function demonstrate(scene: Scene): Promise<void> {
  const { tell } = scene;
  tell.title('Ada Lovelace, administrator at Acme Industries, connects her assistant and lets it read');
  const ada = await signInAs(scene, 'ada@acme.example', { scopes: readScopes });
  const leads = await lookAround(scene, ada);

  tell.title('Ada’s assistant wants to change something');
  await write(scene, ada, leads);

  tell.title('Later');
  await refresh(scene, ada);
  if (scene.slow) await outliveUpstreamToken(scene, ada);
  await signOut(scene, ada);

  tell.title('Grace Hopper, sales rep at Globex: another company, other data', { brief: true });
  const grace = await signInAs(scene, 'grace@globex.example');
  const hers = records(await call(scene, grace, searchManufacturing, leadsOf), 'items');
  const his = new Set(leads.map((lead) => lead['id']));
  expect(!hers.some((lead) => his.has(lead['id'])), "Grace should see none of Ada's leads.");
  const foreign = { name: 'get_lead', arguments: { lead_id: leads[0]?.['id'] } };
  await refused(scene, grace, foreign, "Grace should not be able to read Ada's lead.");
  await grace.close();

  tell.title('Katherine Johnson, consultant of both: chooses one, or connects to the address of one', { brief: true });
  await workFor(scene, 'globex', { url: scene.url, tenant: 'globex' });
  await workFor(scene, 'acme', { url: scene.url.replace(/\/mcp$/, '/t/acme/mcp') });

  tell.title('Mallory Stranger, whom Nexus does not know', { brief: true });
  await tell.step('sign in', turnedAway(scene, 'mallory@elsewhere.example'), (told) => ['turned away', quote(told)]);
}

interface Choices {
  readonly scopes?: readonly string[];
  readonly tenant?: string;
  /** Another connector URL than the scene's. */
  readonly url?: string;
}

async function signInAs(scene: Scene, login: string, choices: Choices = {}): Promise<Connection> {
  const { tell, wire } = scene;
  const { scopes, tenant, url = scene.url } = choices;
  const said = {
    discovered: 'discovery: from the refusal to the resource’s metadata (RFC 9728), and to whom it names (RFC 8414)',
    registered: 'registration: the client introduces itself (RFC 7591)',
    consented: `authorization request with PKCE, consent${scopes ? ' to reading only' : ''}`,
    'signed-in': `sign-in as ${login}`,
    chosen: `choice of ${tenant}`,
    tokens: 'code exchanged for tokens',
    connected: 'connected',
  } as const;
  tell.restart();
  const onStep = (step: keyof typeof said): void => void (step !== 'connected' && tell.done(said[step]));
  const connection = await connect({
    url,
    login,
    onStep,
    fetch: wire.fetch,
    ...(scopes && { scopes }),
    ...(tenant !== undefined && { tenant }),
  });
  tell.done(`${said.connected}, protocol ${connection.client.getNegotiatedProtocolVersion()}`);
  return connection;
}

async function workFor(scene: Scene, tenant: string, choices: Choices): Promise<void> {
  const katherine = await signInAs(scene, 'katherine@consulting.example', choices);
  const me = await call(scene, katherine, whoami, (answer) => `in ${json(answer['tenant_name'])}`);
  expect(me['tenant_id'] === tenant, `Katherine should be in ${tenant}, not in ${json(me['tenant_id'])}.`);
  await katherine.close();
}

/** Returns some of Ada's leads. */
async function lookAround(scene: Scene, ada: Connection): Promise<Structured[]> {
  const { tools } = await scene.tell.step(
    'tools/list',
    ada.client.listTools(),
    (found) => `${found.tools.length} tools`,
  );
  const names = new Set(tools.map((tool) => tool.name));
  expect(names.has('search_leads'), 'Ada should see the tool search_leads.');
  expect(!names.has('update_lead_stage'), 'Ada should see no tool that changes data: she granted reading only.');
  expect(names.has('request_access'), 'Ada should see a tool to ask for what her role allows beyond that.');

  const me = await call(scene, ada, whoami, (answer) => `${json(answer['email'])} in ${json(answer['tenant_name'])}`);
  expect(me['tenant_id'] === 'acme', `Ada should belong to acme, not to ${json(me['tenant_id'])}.`);
  const leads = records(await call(scene, ada, searchManufacturing, leadsOf), 'items');
  expect(leads.length > 0, 'Ada should find leads.');
  const forecast = { name: 'get_sales_forecast', arguments: {} };
  await call(
    scene,
    ada,
    forecast,
    (answer) => `${json(answer['quarter'])}: $${number(answer['committed_usd'])} committed`,
  );
  return leads;
}

/** No tool for it is listed, but one to ask for more: its refusal leads to the step-up (SEP-2350), and that to the tool. */
async function write(scene: Scene, ada: Connection, leads: readonly Structured[]): Promise<void> {
  const { tell } = scene;
  const lead = leads.find(({ stage }) => stage !== 'won' && stage !== 'lost');
  expect(lead !== undefined, 'One of the leads should be neither won nor lost.');
  // There and back again with every telling.
  const stage = lead['stage'] === 'negotiation' ? 'proposal' : 'negotiation';
  const move = { name: 'update_lead_stage', arguments: { lead_id: lead['id'], stage } };

  const request = { name: 'request_access', arguments: { scopes: ['leads:write'] } };
  await challenged(scene, ada, request, { status: 403, error: 'insufficient_scope' });
  const said = {
    consented: 'step-up: authorization request with the scopes of the challenge, consent',
    'signed-in': 'sign-in, once more',
    tokens: 'code exchanged for tokens that reach further',
  } as const;
  tell.restart();
  await ada.authorize((step) => step in said && tell.done(said[step as keyof typeof said]));
  const granted = ada.oauth.tokens()?.scope?.split(' ') ?? [];
  expect(granted.includes('leads:write'), 'The new token should have the scope leads:write.');
  const { tools } = await tell.step('tools/list', ada.client.listTools(), (found) => `${found.tools.length} tools`);
  const listed = tools.some(({ name }) => name === move.name);
  expect(listed, 'Ada should see the tool update_lead_stage now.');
  const moved = await call(scene, ada, move, (answer) => `${json(answer['company'])} is in ${json(answer['stage'])}`);
  expect(moved['stage'] === stage, `The lead should be in stage ${stage}.`);
}

async function refresh(scene: Scene, ada: Connection): Promise<void> {
  const { tell, wire } = scene;
  const before = ada.oauth.tokens();
  ada.oauth.forget('access_token');
  tell.restart();
  const again = ada.client.callTool(whoami);
  await tell.step('token refresh: the access token is gone, as if expired', again, () => 'renewed on the way');
  const after = ada.oauth.tokens();
  const renewed = after !== undefined && after.access_token !== '' && after.access_token !== before?.access_token;
  expect(renewed && wire.last()?.status === 200, 'The client should have a new access token.');
  expect(
    after.refresh_token !== before?.refresh_token,
    'The refresh token should have been rotated (RFC 9700 §2.2.2).',
  );
}

async function signOut(scene: Scene, ada: Connection): Promise<void> {
  const { tell, wire } = scene;
  const refreshToken = await tell.step(
    'sign-out: the refresh token is revoked (RFC 7009)',
    ada.signOut(),
    () => 'done',
  );
  await challenged(scene, ada, whoami, { status: 401, error: 'invalid_token' });

  const { oauth } = ada;
  const state = oauth.discoveryState();
  const clientInformation = oauth.clientInformation();
  expect(state !== undefined && clientInformation !== undefined, 'The client should know whom it deals with.');
  const attempt = refreshAuthorization(state.authorizationServerUrl, {
    ...(state.authorizationServerMetadata && { metadata: state.authorizationServerMetadata }),
    clientInformation,
    refreshToken,
    fetchFn: wire.fetch,
  }).then(
    () => 'renewed',
    (error: unknown) => (OAuthError.isInstance(error) ? error.code : Promise.reject(error)),
  );
  const outcome = await tell.step('a refresh with the revoked token', attempt, (code) => `refused: ${code}`);
  expect(
    outcome === 'invalid_grant',
    `The revoked refresh token should be refused with invalid_grant, not ${outcome}.`,
  );
  await ada.close();
}

async function turnedAway({ url, wire }: Scene, login: string): Promise<string> {
  const reason = await connect({ url, login, fetch: wire.fetch }).then(
    () => undefined,
    (error: unknown) => (error instanceof SignInRefused ? error.message : Promise.reject(error)),
  );
  expect(reason !== undefined, `${login} should not be able to sign in.`);
  return reason;
}

async function outliveUpstreamToken(scene: Scene, ada: Connection): Promise<void> {
  const wait = new Promise((resolve) => setTimeout(resolve, 65_000));
  await scene.tell.step('wait until the CRM has forgotten its access token', wait, () => '65 seconds');
  const search = { name: 'search_leads', arguments: { stage: 'won', limit: 1 } };
  await call(scene, ada, search, (answer) => `${count(answer, 'leads')}, as if nothing had happened`);
}

function leadsOf(answer: Structured): string[] {
  const lines = records(answer, 'items').map((lead) => [lead['id'], `${json(lead['company'])},`, lead['stage']]);
  return [count(answer, 'leads'), ...lines.map((words) => words.map(json).join('  '))];
}
