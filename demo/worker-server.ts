// One Worker as a local server: `wrangler dev` for a config, and the wait until it answers.
// Its variables travel in a file that only this user can read; a command line is everybody's to see.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DevVars, formatDevVars } from './dev-vars.ts';
import { inRepository } from './paths.ts';
import { freePorts } from './ports.ts';
import { startTlsFront } from './tls-front.ts';
import { runWrangler, type WranglerProcess } from './wrangler-process.ts';

export interface WorkerServerOptions {
  /** For messages and file names. */
  readonly name: string;
  /** The wrangler configuration, relative to the repository. */
  readonly config: string;
  /** Instead of the configuration's `main`, relative to the repository. */
  readonly entry?: string | undefined;
  readonly port: number;
  readonly persistDir: string;
  readonly vars: DevVars;
  /** Whether requests come through a tunnel that ends TLS: the Worker then sees https URLs. */
  readonly tunnelled?: boolean;
  /** For the file with the variables; whoever made the directory removes it. */
  readonly files: string;
  readonly onLine: (line: string) => void;
}

export interface WorkerServer {
  /** Settles when GET /healthz succeeds; rejects when that takes too long or the process ends. */
  readonly ready: Promise<void>;
  /** Rejects when the process ends that nobody stopped. */
  readonly broken: Promise<never>;
  stop(): Promise<void>;
}

const readyWithinMs = 90_000;

export async function serveWorker(options: WorkerServerOptions): Promise<WorkerServer> {
  const { name, config, entry, port, persistDir, vars, files, onLine, tunnelled = false } = options;
  const envFile = join(files, `${name}.env`);
  await writeFile(envFile, formatDevVars(vars), { mode: 0o600 });
  const [inspectorPort = 0, innerPort = 0] = await freePorts(2);
  const flags = {
    '--config': inRepository(config),
    '--port': String(tunnelled ? innerPort : port),
    '--inspector-port': String(inspectorPort),
    '--persist-to': persistDir,
    // Given this, wrangler reads no .dev.vars beside the configuration.
    '--env-file': envFile,
    ...(tunnelled && { '--local-protocol': 'https', '--upstream-protocol': 'https' }),
  };
  const script = entry === undefined ? [] : [inRepository(entry)];
  const registry = { WRANGLER_REGISTRY_PATH: join(files, 'registry') };
  const front = tunnelled ? await startTlsFront({ port, target: innerPort }) : undefined;
  const child = runWrangler(['dev', ...script, ...Object.entries(flags).flat()], onLine, registry);

  let stopping = false;
  const broken = new Promise<never>((_resolve, reject) => {
    void child.ended.then((code) => {
      if (!stopping) reject(new Error(`The ${name} ended (exit code ${code}). It said:\n${child.lastWords()}`));
    });
  });
  broken.catch(() => {}); // For those who look at `ready` only.
  const giveUp = new AbortController();
  const ready = Promise.race([answers(`http://localhost:${port}/healthz`, name, child, giveUp.signal), broken]).finally(
    () => giveUp.abort(),
  );
  return {
    ready,
    broken,
    async stop() {
      stopping = true;
      giveUp.abort();
      await front?.stop();
      await child.stop();
    },
  };
}

async function answers(url: string, name: string, child: WranglerProcess, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  let last = 'no answer';
  while (!signal.aborted && Date.now() < deadline) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
      if (response.ok) return;
      last = `status ${response.status}: ${(await response.text()).slice(0, 500)}`;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`The ${name} did not become ready (${url}: ${last}). It said:\n${child.lastWords()}`);
}
