// `npm run demo`: a real MCP client goes the whole way against the gateway and says what it sees and sends. It ends with
// exit code 0 if everything was as it should be, else with 1 and what was not.
import { parseArgs } from 'node:util';
import { defaultPorts } from './dev-vars.ts';
import { demonstrate } from './journey.ts';
import { whenEnded } from './lifetime.ts';
import { DemoFailure, Narrator } from './narrator.ts';
import { demoPeople } from './people.ts';
import { connect, SignInRefused } from './oauth-client.ts';
import { type Neighbours, startStack } from './stack.ts';
import { Wire } from './wire.ts';

const usage = `npm run demo -- [options]
  --url <connector URL>   another gateway than the local one, which is started if it isn't running
  --slow                  also outlive the CRM's access token (60 seconds) and show that nobody notices
  --token                 print an access token with every scope, and nothing else
  --as <email>            whose token: ada@acme.example if left out`;

const options = parsed();
const wire = new Wire();
const tell = new Narrator(wire);
let own: Neighbours | undefined;
// Before anything is started: exit() takes along whatever is starting.
whenEnded(() => void (own?.stop() ?? Promise.resolve()).finally(() => process.exit(130)));

try {
  if (options.token) {
    console.log(await accessToken(await runningGateway(), options.as ?? 'ada@acme.example'));
  } else {
    await demonstrate({ url: await anyGateway(), wire, tell, slow: options.slow });
    tell.end('Everything worked as it should.');
  }
} catch (error) {
  tell.failed(error instanceof Error ? error.message : String(error));
  // Anything but a failed expectation is news to us, so say where it comes from.
  if (!(error instanceof DemoFailure || error instanceof SignInRefused) && error instanceof Error)
    console.error(error.stack);
  process.exitCode = 1;
} finally {
  await own?.stop();
}

async function accessToken(url: string, login: string): Promise<string> {
  const people = demoPeople.map((person) => person.email);
  if (!people.includes(login)) throw new DemoFailure(`--as ${login}: choose one of ${people.join(', ')}.`);
  const connection = await connect({ url, login });
  await connection.close();
  return connection.oauth.tokens()?.access_token ?? '';
}

/** The gateway that was asked for, or the local one; one of our own where that is not running. */
async function anyGateway(): Promise<string> {
  const url = options.url ?? localGateway();
  if (options.url !== undefined || (await answers(url))) return runningGateway();
  console.log(`No gateway runs at ${url}, so this starts one with fresh data and stops it at the end …`);
  own = await startStack();
  return `${own.gatewayUrl}/mcp`;
}

async function runningGateway(): Promise<string> {
  const url = options.url ?? localGateway();
  if (await answers(url)) return url;
  throw new DemoFailure(`There is no gateway at ${url}. Start it with npm start, and run this in a second shell.`);
}

/** Whether anything listens there. Throws if that is no healthy gateway. */
async function answers(url: string): Promise<boolean> {
  const health = URL.parse('/healthz', url);
  if (!health) throw new DemoFailure(`${url} is not a URL. A connector URL ends in /mcp.`);
  const response = await fetch(health, { signal: AbortSignal.timeout(20_000) }).catch((error: unknown) => {
    const { code, message } = (error instanceof Error ? (error.cause ?? error) : {}) as Partial<NodeJS.ErrnoException>;
    if (code === 'ECONNREFUSED') return undefined;
    throw new DemoFailure(`The gateway at ${url} can't be reached: ${message || code}`);
  });
  if (!response) return false;
  await response.body?.cancel();
  if (response.ok) return true;
  throw new DemoFailure(
    `The gateway at ${url} answers with status ${response.status}. Look at the output of npm start.`,
  );
}

function localGateway(): string {
  return `http://localhost:${process.env['PORT'] ?? defaultPorts.gateway}/mcp`;
}

function parsed() {
  try {
    const { values } = parseArgs({
      options: {
        url: { type: 'string' },
        slow: { type: 'boolean', default: false },
        token: { type: 'boolean', default: false },
        as: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return process.exit(1);
  }
}
