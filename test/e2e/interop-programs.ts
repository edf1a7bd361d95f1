// Programs on a person's computer that print or open an address when their user has to sign in, and wait on a loopback
// port for the browser to come back (RFC 8252 §7.3). Each gets a home of its own, for the tokens that it keeps.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stream } from 'node:stream';
import { ScriptedBrowser, signIn } from '../../demo/browser.ts';

/** A home directory for one test, with the environment of a program that lives there. */
export class Home implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'interop-home-'));
  readonly env: Readonly<Record<string, string>> = {
    PATH: process.env['PATH'] ?? '',
    HOME: this.directory,
    // What xdg-open starts where there is no desktop: here, nothing, since the test reads the address from stderr.
    BROWSER: '/bin/true',
  };

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The person in front of a program: does what it asks on stderr. */
export class Person {
  /** Where the program sent them, in order. */
  readonly visits: URL[] = [];
  #printed = '';
  #signedIn: Promise<void> = Promise.resolve();

  /** @param asks finds the address in what a program prints, as its first group */
  watch(stderr: Stream, asks: RegExp, login: string): void {
    let seen = '';
    stderr.on('data', (chunk: Buffer) => {
      seen += chunk.toString('utf8');
      this.#printed += chunk.toString('utf8');
      const asked = asks.exec(seen);
      if (!asked?.[1]) return;
      seen = '';
      const url = new URL(asked[1]);
      this.visits.push(url);
      this.#signedIn = visit(url, login);
      // Looked at by `atRest`.
      this.#signedIn.catch(() => undefined);
    });
  }

  /** Whatever the program said, for a failing test's message. */
  get printed(): string {
    return this.#printed;
  }

  /** Throws where the last sign-in did not end at the program. */
  atRest(): Promise<void> {
    return this.#signedIn;
  }
}

async function visit(url: URL, login: string): Promise<void> {
  const browser = new ScriptedBrowser(url.searchParams.get('redirect_uri') ?? '');
  const page = await signIn(browser, url, { login });
  if (!browser.arrived(page)) throw new Error(`The sign-in ended at ${page.url.origin}: ${browser.read(page)}`);
  const answer = await fetch(page.url);
  if (!answer.ok) throw new Error(`The program answered its callback with status ${answer.status}.`);
  await answer.body?.cancel();
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
}

/** Runs a Node program to its end, with a person beside it. Killed when `seconds` are over. */
export function runProgram(
  args: readonly string[],
  {
    home,
    person,
    asks,
    login,
    seconds = 30,
  }: { home: Home; person: Person; asks: RegExp; login: string; seconds?: number },
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { ...home.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 1_000,
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    person.watch(child.stderr, asks, login);
    child.once('error', reject);
    child.once('close', (code) => void person.atRest().then(() => resolve({ code, stdout }), reject));
  });
}
