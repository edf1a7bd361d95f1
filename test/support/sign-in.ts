// The steps of a sign-in, one at a time, for tests that stop or lie between them.
import type { TestIdentityProvider } from './identity-provider';
import { Browser, OAuthClient } from './oauth-client';
import type { World } from './world';

export interface Attempt {
  client?: OAuthClient;
  browser?: Browser;
  idp?: TestIdentityProvider;
  email?: string;
  /** What the client asks with, beside the usual. */
  parameters?: Record<string, string | undefined>;
}

/** Opens the client's authorization request. @returns the consent page */
export async function openConsent(browser: Browser, url: string): Promise<string> {
  const answer = await browser.open(url);
  const page = await answer.text();
  if (answer.status !== 200) throw new Error(`/authorize answered ${answer.status}: ${page.slice(-1500)}`);
  return page;
}

/** Asks and consents. @returns the answer to Allow, which leads to the provider */
export async function allow(attempt: Attempt = {}): Promise<Response> {
  const { client = await OAuthClient.register(), browser = new Browser(), parameters } = attempt;
  const page = await openConsent(browser, await client.authorizationUrl(parameters));
  return browser.submit(page, 'approve');
}

/** A whole sign-in. @returns the answer to the provider's callback */
export async function attemptSignIn(world: World, attempt: Attempt = {}): Promise<Response> {
  const browser = attempt.browser ?? new Browser();
  const atProvider = (await allow({ ...attempt, browser })).headers.get('Location') ?? '';
  return browser.open((attempt.idp ?? world.idp).signIn(atProvider, attempt.email ?? 'ada@acme.example'));
}
