// One Worker on workerd, as `workerd serve` runs it from a configuration that is made here: no proxy and no simulator
// before or behind it. Its CPU time is the process's own, as Linux counts it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const workerd = (createRequire(import.meta.url)('workerd') as { default: string }).default;

const running = new Set<ChildProcess>();
// Also when this process ends without stop().
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface WorkerOptions {
  readonly name: string;
  /** The one module that would be deployed. */
  readonly bundle: string;
  readonly compatibility: { readonly date: string; readonly flags: readonly string[] };
  /** 127.0.0.1 at this port; `localhost` is this. */
  readonly port: number;
  /** A directory for the configuration, and for what Durable Objects store. */
  readonly directory: string;
  readonly vars?: Readonly<Record<string, string>>;
  /** Binding name to port of the far end. */
  readonly kv?: Readonly<Record<string, number>>;
  readonly d1?: Readonly<Record<string, number>>;
  /** Binding name to class name. */
  readonly objects?: Readonly<Record<string, string>>;
  /** Where a profiler may connect. */
  readonly inspectorPort?: number | undefined;
}

export interface RunningWorker {
  readonly port: number;
  /** When its process was started, as `performance.now()` counts. */
  readonly startedAt: number;
  /** User and system time of the process so far, in milliseconds. Counted in hundredths of a second. */
  cpu(): number;
  stop(): Promise<void>;
}

export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { name, directory, port, inspectorPort } = options;
  mkdirSync(join(directory, 'objects'), { recursive: true });
  copyFileSync(options.bundle, join(directory, 'worker.js'));
  const config = join(directory, 'config.capnp');
  writeFileSync(config, configOf(options), { mode: 0o600 });
  const inspector = inspectorPort === undefined ? [] : [`--inspector-addr=127.0.0.1:${inspectorPort}`];
  // --experimental: D1's client is one of workerd's internal modules.
  const flags = ['serve', '--experimental', '--control-fd=3', ...inspector, config];
  const startedAt = performance.now();
  const child = spawn(workerd, flags, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stdout?.on('data', () => undefined);
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  const control = child.stdio[3] as NodeJS.ReadableStream;
  const listening = new Promise<void>((resolve) => {
    control.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('"listen"')) resolve();
    });
  });
  const ended = once(child, 'exit');
  running.add(child);
  await Promise.race([
    listening,
    ended.then(() => Promise.reject(new Error(`${name}: workerd ended before it listened.\n${said}`))),
  ]);
  return {
    port,
    startedAt,
    cpu: () => cpuOf(child.pid),
    async stop() {
      running.delete(child);
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Linux counts in USER_HZ, which is 100 on every platform that workerd runs on. */
const TICK_MS = 10;

function cpuOf(pid: number | undefined): number {
  // The second field is the command's name, in parentheses, and may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function configOf({
  port,
  directory,
  compatibility,
  vars = {},
  kv = {},
  d1 = {},
  objects = {},
}: WorkerOptions): string {
  const external = (binding: string, at: number) =>
    `(name = "${binding}", external = (address = "127.0.0.1:${at}", http = ()))`;
  const bindings = [
    ...Object.entries(vars).map(([key, value]) => `(name = "${key}", text = ${JSON.stringify(value)})`),
    ...Object.keys(kv).map((key) => `(name = "${key}", kvNamespace = "${key}")`),
    ...Object.keys(d1).map(
      (key) =>
        `(name = "${key}", wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [(name = "fetcher", service = "${key}")]))`,
    ),
    ...Object.entries(objects).map(([key, className]) => `(name = "${key}", durableObjectNamespace = "${className}")`),
  ];
  const classes = Object.values(objects).map(
    (name) => `(className = "${name}", uniqueKey = "${name}", enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "objects", disk = (path = ${JSON.stringify(join(directory, 'objects'))}, writable = true)),
    ${[...Object.entries(kv), ...Object.entries(d1)].map(([key, at]) => external(key, at)).join(',\n    ')}
  ],
  # The platform's own module behind cloudflare:email, which the agents package imports and nobody here calls.
  extensions = [(modules = [(
    name = "cloudflare-internal:email", internal = true, esModule = "export default { EmailMessage: class {} };"
  )])],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "${compatibility.date}",
  compatibilityFlags = ${JSON.stringify(compatibility.flags)},
  bindings = [
    ${bindings.join(',\n    ')}
  ],
  durableObjectNamespaces = [${classes.join(', ')}],
  durableObjectStorage = (localDisk = "objects"),
);
`;
}
