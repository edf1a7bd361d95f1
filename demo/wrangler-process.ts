// Runs wrangler with the Node that runs us (the system's may be too old), each in a process group of its own:
// stopping the group is what makes sure that no workerd stays behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { inRepository } from './paths.ts';

export interface WranglerProcess {
  /** Settles when the process has ended, with its exit code (null: by a signal). */
  readonly ended: Promise<number | null>;
  /** What it said last, for an error message. */
  lastWords(): string;
  stop(): Promise<void>;
}

const rememberedLines = 30;
const patienceMs = 3000;

/** `onLine` gets every line of its output. `extraEnv` is added to the environment that we run in. */
export function runWrangler(
  args: readonly string[],
  onLine: (line: string) => void = () => {},
  extraEnv: Readonly<Record<string, string>> = {},
): WranglerProcess {
  const child = spawn(process.execPath, [inRepository('node_modules/wrangler/bin/wrangler.js'), ...args], {
    cwd: inRepository(''),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: 'false',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      CI: '1', // asks no questions
      NO_COLOR: '1',
      ...extraEnv,
    },
  });
  const lines: string[] = [];
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const atExit = (): void => signalGroup(child, 'SIGKILL');
  process.once('exit', atExit);
  child.once('exit', () => {
    // workerd may outlive its parent: whoever is left of the group goes now.
    signalGroup(child, 'SIGKILL');
    process.off('exit', atExit);
  });
  child.once('error', (error) => lines.push(error.message));

  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    let rest = '';
    stream.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts.filter((one) => one.trim() !== '')) {
        lines.push(line);
        if (lines.length > rememberedLines) lines.shift();
        onLine(line);
      }
    });
  }

  return {
    ended,
    lastWords: () => lines.join('\n'),
    async stop() {
      signalGroup(child, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), patienceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already, which is what we want.
  }
}
