// Starts the demo's servers and stops them again: the identity provider in this process, the CRM and the gateway as
// `wrangler dev`. Used by `npm start` and by the end-to-end tests; secrets travel in files, not on command lines.
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DevVars, generateDevVars } from './dev-vars.ts';
import { startIdentityProvider } from './idp/index.ts';
import { freePorts, requireFree } from './ports.ts';
import { inRepository } from './paths.ts';
import { serveWorker, type WorkerServer } from './worker-server.ts';
import { runWrangler } from './wrangler-process.ts';

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
  /** The gateway's entry point, where it isn't the one that wrangler.toml names: another definition, all else equal. */
  readonly entry?: string;
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
  // Also when the process ends without stop(): the files hold secrets.
  const removeFiles = (): void => rmSync(files, { recursive: true, force: true });
  process.once('exit', removeFiles);
  const undo: (() => void | Promise<void>)[] = [() => void process.off('exit', removeFiles), removeFiles];
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

    const servers: WorkerServer[] = [];
    const serve = async (name: 'crm' | 'gateway', config: string, own: DevVars, entry?: string): Promise<void> => {
      const onLine = (line: string): void => options.onLine?.(name, line);
      const tunnelled = name === 'gateway' && vars['PUBLIC_URL']?.startsWith('https:') === true;
      const place = { port: ports[name], persistDir: stateOf(persistDir, name), files, tunnelled };
      const server = await serveWorker({ name, config, entry, vars: own, onLine, ...place });
      servers.push(server);
      undo.push(() => server.stop());
      await server.ready;
    };
    const crm = serve('crm', 'demo/wrangler.toml', { NEXUS_ADMIN_TOKEN: vars['NEXUS_ADMIN_TOKEN'] ?? '' });
    const gateway =
      withGateway && applySchema(persistDir).then(() => serve('gateway', 'wrangler.toml', vars, options.entry));
    // Both are waited for, so that a failure of one does not leave the other starting behind our back.
    const outcome = (await Promise.allSettled([crm, gateway])).find((one) => one.status === 'rejected');
    if (outcome) throw outcome.reason;

    const broken = Promise.race(servers.map((server) => server.broken));
    broken.catch(() => {}); // For those who do not look at it.
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

async function choosePorts(): Promise<Ports> {
  const [gateway = 0, crm = 0, idp = 0] = await freePorts(3);
  return { gateway, crm, idp };
}
