// `npm run conformance`: the gateway on the demo's neighbours, with the suite's fixtures as its product, signed in to
// like any client, and then the official conformance suite. Fails unless every scored scenario of both revisions
// passes, so does the authorization server on every revision, and so does our own probe.
//   --only <scenario>   one scenario of the server suite, on every revision that demands it
//   --break <tool>      makes one fixture tool answer with nothing, to see that this fails
//   --log               shows what the gateway logs meanwhile
//   --record            writes what the whole server suite sends to messages.json (recorder.ts)
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateDevVars } from '../../demo/dev-vars.ts';
import { whenEnded } from '../../demo/lifetime.ts';
import { connect } from '../../demo/oauth-client.ts';
import { freePorts } from '../../demo/ports.ts';
import { type Neighbours, startStack } from '../../demo/stack.ts';
import { authorizationRevisions, authorizationScenarios, redirectUriAt, runAuthorization } from './authorization.ts';
import { probeForeignOrigin } from './probe.ts';
import { startBearerProxy } from './proxy.ts';
import { Recorder } from './recorder.ts';
import { score } from './report.ts';
import { type Outcome, readOutcomes, runSuite, scoredScenarios } from './suite.ts';

/** The revisions that have requirement sets, and how many server scenarios each demands: a set that shrank shows. */
const revisions = [
  { revision: '2026-07-28', demanded: 37 },
  { revision: '2025-11-25', demanded: 30 },
];
const login = 'ada@acme.example';
const clientId = 'conformance-suite';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    break: { type: 'string' },
    log: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});
// Servers and the suite go when this process exits, however that comes about.
whenEnded(() => process.exit(1));
const results = mkdtempSync(join(tmpdir(), 'conformance-'));
process.once('exit', () => rmSync(results, { recursive: true, force: true }));
const [callbackPort = 0] = await freePorts(1);
const failures: string[] = [];
let stack: Neighbours | undefined;

try {
  const onLine = (_server: string, line: string): void => void (options.log && console.log(line));
  stack = await startStack({ entry: 'test/conformance/worker.ts', vars: variables(), onLine });
  const endpoint = `${stack.gatewayUrl}/mcp`;
  const token = await accessToken(endpoint);
  const work = options.only === undefined ? everything(stack, endpoint, token) : server(endpoint, token, options.only);
  await Promise.race([work, stack.broken]);
} catch (error) {
  failures.push(error instanceof Error ? error.message : String(error));
} finally {
  await stack?.stop();
}
for (const failure of failures) console.error(`Failed: ${failure}`);
// Not left to end by itself: where the gateway broke down, the suite may still be waiting for it.
process.exit(failures.length === 0 ? 0 : 1);

function variables(): Record<string, string> {
  const client = {
    client_id: clientId,
    client_name: 'Conformance suite',
    redirect_uris: [redirectUriAt(callbackPort)],
  };
  return {
    ...generateDevVars(),
    OAUTH_CLIENTS: JSON.stringify([client]),
    ...(options.break !== undefined && { CONFORMANCE_BREAK: options.break }),
  };
}

async function accessToken(url: string): Promise<string> {
  const connection = await connect({ url, login });
  await connection.close();
  const token = connection.oauth.tokens()?.access_token;
  if (token === undefined) throw new Error('The sign-in ended without an access token.');
  return token;
}

async function everything({ gatewayUrl }: Neighbours, endpoint: string, token: string): Promise<void> {
  await server(endpoint, token);
  await authorizationServer(gatewayUrl, endpoint);
  const problem = await probeForeignOrigin(endpoint, token);
  console.log(`foreign Origin with a valid token: ${problem ?? 'refused'}`);
  if (problem !== undefined) failures.push(problem);
}

/** Both requirement sets, or one scenario of them. */
async function server(endpoint: string, token: string, only?: string): Promise<void> {
  let ran = 0;
  const recorder = options.record && only === undefined ? new Recorder() : undefined;
  const proxy = await startBearerProxy(new URL(endpoint), token, recorder);
  try {
    for (const { revision, demanded } of revisions) {
      const scored = await scoredScenarios(revision);
      if (scored.length !== demanded) failures.push(`${revision} demands ${scored.length} scenarios, not ${demanded}`);
      const wanted = only === undefined ? scored : scored.filter((scenario) => scenario === only);
      if (wanted.length === 0) continue;
      ran += wanted.length;
      const which =
        only === undefined ? ['--requirements', revision] : ['--scenario', only, '--spec-version', revision];
      const directory = join(results, revision);
      const run = await runSuite(['server', '--url', proxy.url, '--output-dir', directory, ...which]);
      const full = report(revision, wanted, await readOutcomes(directory, 'server'));
      if (full && run.code !== 0) failures.push(`${revision}: the suite itself ended with exit code ${run.code}`);
    }
  } finally {
    await proxy.close();
  }
  if (ran === 0) failures.push(`no revision demands a scenario named ${only}`);
  if (recorder) console.log(`recorded: ${await recorder.write()} messages`);
}

async function authorizationServer(issuer: string, resource: string): Promise<void> {
  for (const revision of authorizationRevisions) {
    const directory = join(results, `authorization-${revision}`);
    const run = { revision, issuer, resource, clientId, port: callbackPort, login, directory };
    report(`authorization server, ${revision}`, authorizationScenarios, await runAuthorization(run));
  }
}

/** Says how it went, and whether all of it went well. */
function report(what: string, demanded: readonly string[], outcomes: readonly Outcome[]): boolean {
  const { passed, lines } = score(demanded, outcomes);
  const result = `${what}: ${passed}/${demanded.length}`;
  console.log([result, ...lines].join('\n'));
  const full = passed === demanded.length;
  if (!full) failures.push(result);
  return full;
}
