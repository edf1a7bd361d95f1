// Runs the suite's command line and reads what it left: a file of checks for each scenario. Whether a scenario counts,
// and how many there are, is what the suite's own requirement sets say.
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inRepository } from '../../demo/paths.ts';

export interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly errorMessage?: string;
}

export interface Outcome {
  readonly scenario: string;
  /** Empty where the scenario was not finished. */
  readonly checks: readonly Check[];
}

/** It was finished, something was checked, and nothing failed. */
export const passed = ({ checks }: Outcome): boolean =>
  checks.some(({ status }) => status === 'SUCCESS') && !checks.some(({ status }) => status === 'FAILURE');

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

interface RunOptions {
  /** Gets all that was said so far, whenever something is said. */
  readonly onOutput?: (output: string) => void;
  readonly signal?: AbortSignal;
}

export function runSuite(args: readonly string[], { onOutput, signal }: RunOptions = {}): Promise<Ended> {
  const cli = inRepository('node_modules/@modelcontextprotocol/conformance/dist/index.js');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal && { signal }),
    });
    const atExit = (): void => void child.kill();
    process.once('exit', atExit);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        onOutput?.(output);
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', atExit);
      resolve({ code, output });
    });
  });
}

/** The server scenarios that a revision of the protocol demands. */
export async function scoredScenarios(revision: string): Promise<string[]> {
  const { output } = await runSuite(['list', '--requirements', revision]);
  const [, list = ''] = /^Server scenarios.*\n((?: {2}- .*\n)+)/m.exec(output) ?? [];
  return list.split('\n').flatMap((line) => line.match(/^ {2}- (\S+)/)?.[1] ?? []);
}

/** What `--output-dir` holds: `<leg>-<scenario>-<time>/checks.json`. Nothing, if the suite ran nothing. */
export async function readOutcomes(directory: string, leg: 'server' | 'authorization-server'): Promise<Outcome[]> {
  const folder = new RegExp(`^${leg}-(.+)-\\d{4}-\\d{2}-\\d{2}T[\\d-]+Z$`);
  const names = await readdir(directory).catch(ifMissing([]));
  const runs = names.flatMap((name) => {
    const scenario = folder.exec(name)?.[1];
    return scenario === undefined ? [] : [{ scenario, file: join(directory, name, 'checks.json') }];
  });
  return Promise.all(runs.map(async ({ scenario, file }) => ({ scenario, checks: await readChecks(file) })));
}

// A scenario that threw, or ran out of time, has not written them.
const readChecks = (file: string): Promise<Check[]> =>
  readFile(file, 'utf8')
    .then((text) => JSON.parse(text) as Check[])
    .catch(ifMissing([]));

function ifMissing<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}
