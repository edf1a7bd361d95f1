// Starts the demo's servers and stops them again: the identity provider in this process, the CRM and the gateway as
// `wrangler dev`. Used by `npm start` and by the end-to-end tests; secrets travel in files, not on command lines.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DevVars, formatDevVars, generateDevVars } from './dev-vars.ts';
import { startIdentityProvider } from './idp/index.ts';
import { freePorts, requireFree } from './ports.ts';
import { inRepository } from './paths.ts';
import { runWrangler, type WranglerProcess } from './wrangler-process.ts';

export interface Ports {
  readonly gateway: number;
  readonly crm: number;
  readonly idp: number;
}

export interface StackOptions {
  /** Free ones where left out. */
  readonly ports?: Ports;
  /** Where data is kept; a temporary directory, removed at the end, where left out. */
  readonly persistDir?: string;
  /** Variables and secrets of the gateway; fresh ones where left out. Addresses on localhost follow the ports. */
  readonly vars?: DevVars;
  /** Gets the servers' output, line by line. */
  readonly onLine?: (server: 'crm' | 'gateway', line: string) => void;
}

export interface Neighbours {
  readonly ports: Ports;
  /** Where the gateway is, or has to be started: PUBLIC_URL. */
  readonly gatewayUrl: string;
  readonly crmUrl: string;
  readonly issuer: string;
  /** What the gateway has to be given. */
  readonly vars: DevVars;
  readonly persistDir: string;
  /** Rejects when a server ends that nobody stopped. */
  readonly broken: Promise<never>;
  stop(): Promise<void>;
}

const readyWithinMs = 90_000;

/** The identity provider and the CRM, for a gateway that somebody else runs. */
export function startNeighbours(options: StackOptions = {}): Promise<Neighbours> {
  return start(options, false);
}

/** Everything. Resolves when all of it answers; stops what it started if anything fails. */
export function startStack(options: StackOptions = {}): Promise<Neighbours> {
  return start(options, true);
}

async function start(options: StackOptions, withGateway: boolean): Promise<Neighbours> {
  const ports = options.ports ?? (await choosePorts());
  for (const port of withGateway ? Object.values(ports) : [ports.crm, ports.idp]) await requireFree(port);
  const vars = atPorts(options.vars ?? generateDevVars(), ports);
  const files = await mkdtemp(join(tmpdir(), 'nexus-demo-'));
  const persistDir = options.persistDir ?? join(files, 'state');
  const undo: (() => Promise<unknown>)[] = [() => rm(files, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };

  try {
    const idp = await startIdentityProvider({
      port: ports.idp,
      clientSecret: vars['IDP_CLIENT_SECRET'] ?? '',
      redirectUris: [`${vars['PUBLIC_URL']}/callback`],
    });
    undo.push(() => idp.close());

    const say = options.onLine ?? (() => {});
    const failures: Promise<never>[] = [];
    const serve = async (server: 'crm' | 'gateway', config: string, serverVars: DevVars): Promise<void> => {
      const envFile = join(files, `${server}.env`);
      await writeFile(envFile, formatDevVars(serverVars), { mode: 0o600 });
      const [inspectorPort = 0] = await freePorts(1);
      const child = runWrangler(
        [
          'dev',
          '-c',
          inRepository(config),
          '--port',
          `${ports[server]}`,
          '--inspector-port',
          `${inspectorPort}`,
        ].concat(['--persist-to', stateOf(persistDir, server), '--env-file', envFile]),
        (line) => say(server, line),
        { WRANGLER_REGISTRY_PATH: join(files, 'registry') },
      );
      undo.push(() => child.stop());
      const failure = failed(server, child);
      failures.push(failure);
      await Promise.race([answers(`http://localhost:${ports[server]}/healthz`, server, child), failure]);
    };

    const crm = serve('crm', 'demo/wrangler.toml', { NEXUS_ADMIN_TOKEN: vars['NEXUS_ADMIN_TOKEN'] ?? '' });
    const gateway = withGateway
      ? applySchema(persistDir).then(() => serve('gateway', 'wrangler.toml', vars))
      : Promise.resolve();
    // Both are waited for, so that a failure of one does not leave the other starting behind our back.
    const outcome = (await Promise.allSettled([crm, gateway])).find((one) => one.status === 'rejected');
    if (outcome) throw outcome.reason;

    const broken = Promise.race(failures);
    broken.catch(() => {}); // Who does not look at it does not want to know.
    return {
      ports,
      gatewayUrl: vars['PUBLIC_URL'] ?? '',
      crmUrl: `http://localhost:${ports.crm}`,
      issuer: idp.issuer,
      vars,
      persistDir,
      broken,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Addresses of this machine follow the ports; any other address (a real identity provider, a tunnel) stays. */
function atPorts(vars: DevVars, ports: Ports): DevVars {
  const moved = (name: string, port: number): DevVars => {
    const given = vars[name];
    return given === undefined || URL.parse(given)?.hostname === 'localhost'
      ? { [name]: `http://localhost:${port}` }
      : {};
  };
  return {
    ...vars,
    ...moved('PUBLIC_URL', ports.gateway),
    ...moved('NEXUS_API_URL', ports.crm),
    ...moved('IDP_ISSUER', ports.idp),
  };
}

/** The gateway's state is where wrangler keeps it by default, so that `wrangler d1 execute --local` finds it. */
const stateOf = (persistDir: string, server: 'crm' | 'gateway'): string =>
  server === 'crm' ? join(persistDir, 'crm') : persistDir;

async function applySchema(persistDir: string): Promise<void> {
  const config = ['-c', inRepository('wrangler.toml'), '--persist-to', stateOf(persistDir, 'gateway')];
  const run = runWrangler([
    'd1',
    'execute',
    'nexus-mcp-gateway',
    '--local',
    '--file',
    inRepository('schema.sql'),
    '--yes',
    ...config,
  ]);
  if ((await run.ended) !== 0) throw new Error(`The gateway's schema could not be applied:\n${run.lastWords()}`);
}

async function failed(server: string, child: WranglerProcess): Promise<never> {
  const code = await child.ended;
  throw new Error(`The ${server} ended (exit code ${code}). It said:\n${child.lastWords()}`);
}

async function answers(url: string, server: string, child: WranglerProcess): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  let last = 'no answer';
  while (Date.now() < deadline) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
      if (response.ok) return;
      last = `status ${response.status}: ${(await response.text()).slice(0, 500)}`;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`The ${server} did not become ready (${url}: ${last}). It said:\n${child.lastWords()}`);
}

async function choosePorts(): Promise<Ports> {
  const [gateway = 0, crm = 0, idp = 0] = await freePorts(3);
  return { gateway, crm, idp };
}
