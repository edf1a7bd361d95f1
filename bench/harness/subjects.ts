// What is measured: each as its production bundle, with what it needs around it, opened to one client that has signed in
// the whole OAuth way.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { unstable_readConfig as readConfig } from 'wrangler';
import { generateDevVars } from '../../demo/dev-vars.ts';
import { startIdentityProvider } from '../../demo/idp/index.ts';
import { connect } from '../../demo/oauth-client.ts';
import type { MemoryOAuthProvider } from '../../demo/oauth-provider.ts';
import { inRepository } from '../../demo/paths.ts';
import { freePorts } from '../../demo/ports.ts';
import { demoPeople } from '../../demo/people.ts';
import { build, type Bundle } from './build.ts';
import type { Neighbours } from './neighbours-process.ts';
import { IN_SESSION, type Wire } from './requests.ts';
import { startWorker, type RunningWorker, type WorkerOptions } from './workerd.ts';

export interface SubjectDefinition {
  readonly name: string;
  /** For the table. */
  readonly title: string;
  /** The entry of its bundle, in the repository. */
  readonly entry: string;
  readonly kind: 'floor' | 'proxy' | 'bare' | 'comparator' | 'gateway';
  readonly wires: readonly Wire[];
  /** Classes of Durable Objects by binding; the gateway's own stand in wrangler.toml. */
  readonly objects?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
}

/** A subject that runs, and the headers that its client sends. */
export interface OpenSubject extends SubjectDefinition {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The header of a session of the protocol's own, where it has begun one. */
  readonly session: Readonly<Record<string, string>>;
  readonly worker: RunningWorker;
  readonly bundle: Bundle;
  /** To run the same again from the same state. */
  readonly options: WorkerOptions;
  /** The client's tokens and registration, where it signed in. */
  readonly oauth?: MemoryOAuthProvider;
}

const BOTH: readonly Wire[] = ['2026-07-28', '2025-11-25'];
const generated = (count: number): SubjectDefinition => ({
  name: `gateway-${count}`,
  title: `the gateway with ${count} tools`,
  entry: 'bench/gateway/generated.ts',
  kind: 'gateway',
  wires: BOTH,
  vars: { TOOL_COUNT: String(count) },
});

export const subjects = {
  floor: { name: 'floor', title: 'static JSON', entry: 'bench/comparators/floor.ts', kind: 'floor', wires: [] },
  proxy: { name: 'proxy', title: 'reverse proxy', entry: 'bench/comparators/proxy.ts', kind: 'proxy', wires: [] },
  gateway: {
    name: 'gateway',
    title: 'this gateway',
    entry: 'src/index.ts',
    kind: 'gateway',
    wires: [...BOTH, IN_SESSION],
  },
  sdk: { name: 'sdk', title: 'MCP SDK, bare', entry: 'bench/comparators/sdk.ts', kind: 'bare', wires: BOTH },
  stateless: {
    name: 'stateless',
    title: 'agents, stateless',
    entry: 'bench/comparators/stateless.ts',
    kind: 'comparator',
    wires: BOTH,
  },
  template: {
    name: 'template',
    title: 'McpAgent template',
    entry: 'bench/comparators/template.ts',
    kind: 'comparator',
    wires: [IN_SESSION],
    objects: { AGENTS: 'TemplateAgent' },
  },
  'gateway-5': generated(5),
  'gateway-50': generated(50),
  'gateway-500': generated(500),
} as const satisfies Record<string, SubjectDefinition>;
export type SubjectName = keyof typeof subjects;

export interface Place {
  readonly neighbours: Neighbours;
  readonly directory: string;
  readonly minify?: boolean;
  /** What runs the Worker; workerd alone where left out. */
  readonly start?: (options: WorkerOptions) => Promise<RunningWorker>;
}

/** Builds each entry once. */
export function bundler({ directory, minify }: Place): (definition: SubjectDefinition) => Promise<Bundle> {
  const built = new Map<string, Promise<Bundle>>();
  return ({ entry, kind }) => {
    const known = built.get(entry);
    if (known) return known;
    const config = kind === 'gateway' ? 'wrangler.toml' : 'bench/comparators/wrangler.toml';
    const into = join(directory, `bundle-${built.size}`);
    const bundle = build({ config, entry, directory: into, ...(minify !== undefined && { minify }) });
    built.set(entry, bundle);
    return bundle;
  };
}

/** Starts a subject and, where it asks for that, signs a client in. */
export async function open(
  definition: SubjectDefinition,
  bundle: Bundle,
  { neighbours, directory, start = startWorker }: Place,
  inspectorPort?: number,
): Promise<OpenSubject> {
  const [port = 0, idpPort = 0] = await freePorts(2);
  const url = `http://localhost:${port}`;
  const own = join(directory, definition.name);
  mkdirSync(own, { recursive: true });
  const options = { ...optionsOf(definition, bundle, neighbours, { port, idpPort }), directory: own, inspectorPort };
  const worker = await start(options);
  const subject = { ...definition, url, headers: {}, session: {}, worker, bundle, options };
  return definition.kind === 'gateway' || definition.kind === 'comparator' ? signIn(subject, idpPort) : subject;
}

/** What of wrangler.toml decides how the gateway runs. */
interface GatewayConfig {
  readonly compatibility_date?: string | undefined;
  readonly compatibility_flags: readonly string[];
  readonly kv_namespaces: readonly { readonly binding: string }[];
  readonly d1_databases: readonly { readonly binding: string }[];
  readonly durable_objects: { readonly bindings: readonly { readonly name: string; readonly class_name?: string }[] };
}

function optionsOf(
  { name, kind, objects = {}, vars = {} }: SubjectDefinition,
  { file }: Bundle,
  { ports, upstreamUrl }: Neighbours,
  { port, idpPort }: { readonly port: number; readonly idpPort: number },
): Omit<WorkerOptions, 'directory'> {
  const config: GatewayConfig = readConfig({ config: inRepository('wrangler.toml') }, { hideWarnings: true });
  const compatibility = { date: config.compatibility_date ?? '', flags: config.compatibility_flags };
  const url = `http://localhost:${port}`;
  if (kind !== 'gateway') {
    const kv = kind === 'comparator' ? { OAUTH_KV: ports.kv } : {};
    const addresses = { PUBLIC_URL: url, UPSTREAM_URL: upstreamUrl };
    return { name, bundle: file, compatibility, port, vars: { ...vars, ...addresses }, kv, objects };
  }
  const addresses = { PUBLIC_URL: url, NEXUS_API_URL: upstreamUrl, IDP_ISSUER: `http://localhost:${idpPort}` };
  return {
    name,
    bundle: file,
    compatibility,
    port,
    vars: { ...generateDevVars(), ...vars, ...addresses },
    kv: Object.fromEntries(config.kv_namespaces.map(({ binding }) => [binding, ports.kv])),
    d1: Object.fromEntries(config.d1_databases.map(({ binding }) => [binding, ports.d1])),
    objects: Object.fromEntries(config.durable_objects.bindings.map((one) => [one.name, one.class_name ?? ''])),
  };
}

async function signIn(subject: OpenSubject, idpPort: number): Promise<OpenSubject> {
  const clientSecret = subject.options.vars?.['IDP_CLIENT_SECRET'];
  const idp =
    clientSecret === undefined
      ? undefined
      : await startIdentityProvider({ port: idpPort, clientSecret, redirectUris: [`${subject.url}/callback`] });
  try {
    const login = demoPeople[0]?.email ?? '';
    const { oauth } = await connect({ url: `${subject.url}/mcp`, login, clientName: 'bench' });
    const headers = { Authorization: `Bearer ${oauth.tokens()?.access_token}` };
    const session = subject.wires.includes(IN_SESSION) ? await initialize(subject.url, headers) : {};
    return { ...subject, oauth, headers, session };
  } finally {
    await idp?.close();
  }
}

async function initialize(url: string, authorization: Record<string, string>): Promise<Record<string, string>> {
  const headers = {
    ...authorization,
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
  };
  const post = (message: object, more: Record<string, string> = {}) =>
    fetch(`${url}/mcp`, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(message) });
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } };
  const response = await post({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  await response.text();
  const session = { 'Mcp-Session-Id': response.headers.get('Mcp-Session-Id') ?? '' };
  await (await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session)).text();
  return session;
}
