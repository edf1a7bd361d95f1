// The suite's authorization-server mode: it prints the URL that a person should open, and waits for the code on a port
// of its own. Our scripted browser is the person.
import { ScriptedBrowser, signIn } from '../../demo/browser.ts';
import { type Outcome, readOutcomes, runSuite } from './suite.ts';

/** Every revision that has authorization scenarios; the suite's list for `--spec-version`. */
export const authorizationRevisions = ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'];

/** What a revision has to show: metadata, and a whole authorization code grant. */
export const authorizationScenarios = ['authorization-server-metadata-endpoint', 'authorization-code-grant'];

export interface AuthorizationRun {
  readonly revision: string;
  readonly issuer: string;
  readonly resource: string;
  readonly clientId: string;
  /** Where the suite waits for the code: {@link redirectUriAt}. */
  readonly port: number;
  readonly login: string;
  readonly directory: string;
}

/** What has to be registered for the client, since the suite doesn't register itself. */
export const redirectUriAt = (port: number): string => `http://127.0.0.1:${port}/callback`;

export async function runAuthorization(run: AuthorizationRun): Promise<Outcome[]> {
  const options = {
    '--url': run.issuer,
    '--client-id': run.clientId,
    '--resource': run.resource,
    '--port': String(run.port),
    '--spec-version': run.revision,
    '--output-dir': run.directory,
  };
  // The suite waits for minutes: a sign-in that failed ends it at once.
  const failed = new AbortController();
  let opened = false;
  const onOutput = (output: string): void => {
    const url = /^(https?:\/\/\S+[?&]response_type=code\S*)\n/m.exec(output)?.[1];
    if (url === undefined || opened) return;
    opened = true;
    signInAt(url, run).catch((error: unknown) => failed.abort(error));
  };
  try {
    await runSuite(['authorization', ...Object.entries(options).flat()], { onOutput, signal: failed.signal });
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  }
  return readOutcomes(run.directory, 'authorization-server');
}

async function signInAt(url: string, { port, login }: AuthorizationRun): Promise<void> {
  const browser = new ScriptedBrowser(redirectUriAt(port));
  const page = await signIn(browser, new URL(url), { login });
  if (!browser.arrived(page)) throw new Error(`The sign-in ended at ${page.url.pathname}: ${browser.read(page)}`);
  await fetch(page.url);
}
