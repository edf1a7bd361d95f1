// `npm run demo`: a real MCP client goes the whole way against the running gateway and says what it sees. It ends with
// exit code 0 if everything was as it should be, else with 1 and what was not.
//   --url <connector URL>   another gateway than the local one
//   --slow                  also outlive the CRM's access token (60 seconds) and show that nobody notices
import { parseArgs } from 'node:util';
import { defaultPorts } from './dev-vars.ts';
import { type Connection, connect, SignInRefused } from './oauth-client.ts';
import { count, DemoFailure, expect, json, Narrator, number, quote, records, type Structured } from './narrator.ts';

const { values: options } = parseArgs({
  options: { url: { type: 'string' }, slow: { type: 'boolean', default: false } },
});
const url = options.url ?? `http://localhost:${process.env['PORT'] ?? defaultPorts.gateway}/mcp`;
const tell = new Narrator();

try {
  await demonstrate();
  tell.end('Everything worked as it should.');
} catch (error) {
  console.error(`\n✗ ${error instanceof Error ? error.message : String(error)}`);
  // Anything but a failed expectation is news to us, so say where it comes from.
  if (!(error instanceof DemoFailure || error instanceof SignInRefused) && error instanceof Error)
    console.error(error.stack);
  process.exitCode = 1;
}

async function demonstrate(): Promise<void> {
  await requireGateway();

  tell.title('Ada Lovelace, administrator at Acme Industries');
  const ada = await signInAs('ada@acme.example');
  const { tools } = await tell.step('tools/list', ada.client.listTools(), (found) => `${found.tools.length} tools`);
  expect(
    tools.some((tool) => tool.name === 'search_leads'),
    'Ada should see the tool search_leads.',
  );

  const me = await call(ada, 'whoami', {}, (answer) => `${json(answer['email'])} in ${json(answer['tenant_name'])}`);
  expect(me['tenant_id'] === 'acme', `Ada should belong to acme, not to ${json(me['tenant_id'])}.`);
  const found = await call(ada, 'search_leads', { industry: 'manufacturing', limit: 3 }, (answer) =>
    count(answer, 'leads'),
  );
  const [lead] = records(found, 'items');
  expect(lead !== undefined, 'Ada should find leads.');
  const leadId = String(lead['id']);
  tell.show(records(found, 'items').map((one) => `${json(one['id'])}  ${json(one['company'])}, ${json(one['stage'])}`));
  await call(
    ada,
    'get_lead',
    { lead_id: leadId },
    (answer) => `${json(answer['company'])}, worth $${number(answer['value_usd'])}`,
  );
  await call(
    ada,
    'get_sales_forecast',
    {},
    (answer) => `${json(answer['quarter'])}: $${number(answer['committed_usd'])} committed`,
  );
  if (options.slow) await outliveAccessToken(ada);

  tell.title('Grace Hopper, sales rep at Globex: another company, other data');
  const grace = await signInAs('grace@globex.example');
  const hers = await call(grace, 'search_leads', { industry: 'manufacturing', limit: 3 }, (answer) =>
    count(answer, 'leads'),
  );
  tell.show(records(hers, 'items').map((one) => `${json(one['id'])}  ${json(one['company'])}, ${json(one['stage'])}`));
  const his = new Set(records(found, 'items').map((one) => one['id']));
  expect(!records(hers, 'items').some((one) => his.has(one['id'])), "Grace should see none of Ada's leads.");
  await refused(grace, 'get_lead', { lead_id: leadId }, "Grace should not be able to read Ada's lead.");

  tell.title('Mallory Stranger, whom Nexus does not know');
  const told = await tell.step('sign in', turnedAway('mallory@elsewhere.example'), () => 'turned away');
  tell.show([quote(told)]);

  await Promise.all([ada.close(), grace.close()]);
}

async function requireGateway(): Promise<void> {
  try {
    const response = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(10_000) });
    expect(
      response.ok,
      `The gateway at ${url} answers with status ${response.status}. Look at the output of npm start.`,
    );
  } catch (error) {
    if (error instanceof DemoFailure) throw error;
    throw new DemoFailure(`There is no gateway at ${url}. Start it with npm start, and run this in a second shell.`);
  }
}

async function signInAs(login: string): Promise<Connection> {
  const names = {
    registered: 'discovery and dynamic client registration',
    authorizing: 'authorization request with PKCE',
    'signed-in': `consent, and sign-in as ${login}`,
    tokens: 'code exchanged for tokens',
    connected: 'connected',
  } as const;
  tell.restart();
  const connection = await connect({ url, login, onStep: (step) => step !== 'connected' && tell.done(names[step]) });
  tell.done(`${names.connected}, protocol ${connection.client.getNegotiatedProtocolVersion()}`);
  return connection;
}

async function call(
  { client }: Connection,
  name: string,
  args: Record<string, unknown>,
  summary: (answer: Structured) => string,
): Promise<Structured> {
  const told = `${name} ${JSON.stringify(args)}`;
  const result = client.callTool({ name, arguments: args }).then((answer) => {
    const [first] = answer.content;
    const text = first?.type === 'text' ? first.text : '';
    expect(!answer.isError, `${told} failed: ${text}`);
    expect(answer.structuredContent !== undefined && text !== '', `${told} should answer with data and with text.`);
    return answer.structuredContent as Structured;
  });
  return tell.step(told, result, summary);
}

async function refused(
  { client }: Connection,
  name: string,
  args: Record<string, unknown>,
  otherwise: string,
): Promise<void> {
  const answer = await tell.step(
    `${name} ${JSON.stringify(args)}`,
    client.callTool({ name, arguments: args }),
    () => 'refused',
  );
  expect(answer.isError === true, otherwise);
  const [first] = answer.content;
  tell.show([quote(first?.type === 'text' ? first.text : '')]);
}

async function turnedAway(login: string): Promise<string> {
  const reason = await connect({ url, login }).then(
    () => undefined,
    (error: unknown) => (error instanceof SignInRefused ? error.message : Promise.reject(error)),
  );
  expect(reason !== undefined, `${login} should not be able to sign in.`);
  return reason;
}

async function outliveAccessToken(connection: Connection): Promise<void> {
  const wait = new Promise((resolve) => setTimeout(resolve, 65_000));
  await tell.step('wait until the CRM has forgotten its access token', wait, () => '65 seconds');
  await call(
    connection,
    'search_leads',
    { stage: 'won', limit: 1 },
    (answer) => `${count(answer, 'leads')}, as if nothing had happened`,
  );
}
