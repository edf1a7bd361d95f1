// A scripted browser for signing in: follows redirects with a cookie jar, submits the forms it is shown, and stops where
// the client's redirect URI begins. It knows no page by heart: it presses buttons by name and value.
import { CookieJar } from './cookies.ts';
import { formsOf, textOf } from './html.ts';

export interface Page {
  readonly url: URL;
  /** 0 for the client's redirect URI, which is not fetched. */
  readonly status: number;
  readonly html: string;
}

const maxRedirects = 15;

export class ScriptedBrowser {
  readonly #jar = new CookieJar();
  readonly #redirectUri: string;
  readonly #fetch: (url: URL, init: RequestInit) => Promise<Response>;

  /** `redirectUri`: where the client waits for its code; arriving there ends a visit. */
  constructor(redirectUri: string, fetch: (url: URL, init: RequestInit) => Promise<Response> = globalThis.fetch) {
    this.#redirectUri = redirectUri;
    this.#fetch = fetch;
  }

  visit(url: string | URL): Promise<Page> {
    return this.#follow(new URL(url), { method: 'GET' });
  }

  /** Submits the form that has this button, with what the form already says. `change` replaces the fields it names. */
  press(
    page: Page,
    name: string,
    value: string,
    change: Readonly<Record<string, readonly string[]>> = {},
  ): Promise<Page> {
    const form = formsOf(page.html).find((one) =>
      one.buttons.some((button) => button.name === name && button.value === value),
    );
    if (!form)
      throw new Error(`${page.url.origin}${page.url.pathname} has no button ${name}=${value}: ${this.read(page)}`);
    const body = new URLSearchParams(form.fields.filter(([field]) => !(field in change)).map(([k, v]) => [k, v]));
    for (const [field, values] of Object.entries(change)) for (const one of values) body.append(field, one);
    body.append(name, value);
    const target = new URL(form.action || page.url, page.url);
    if (form.method !== 'GET') return this.#follow(target, { method: form.method, body }, page.url.origin);
    target.search = body.toString();
    return this.#follow(target, { method: 'GET' });
  }

  shows(page: Page, name: string, value: string): boolean {
    return formsOf(page.html).some((form) =>
      form.buttons.some((button) => button.name === name && button.value === value),
    );
  }

  /** All that a page sends or could send under this name. */
  offers(page: Page, name: string): readonly string[] {
    const all = formsOf(page.html).flatMap(({ fields, boxes }) => [...fields, ...boxes]);
    return [...new Set(all.filter(([field]) => field === name).map(([, value]) => value))];
  }

  arrived(page: Page): boolean {
    return page.url.href.startsWith(this.#redirectUri);
  }

  /** The page's words, for a message to a person. */
  read(page: Page): string {
    return textOf(page.html).slice(0, 600);
  }

  /** What the page is about. */
  heading(page: Page): string {
    const [, heading] = /<h1[^>]*>(.*?)<\/h1>/s.exec(page.html) ?? [];
    return heading === undefined ? this.read(page) : textOf(heading);
  }

  async #follow(start: URL, first: { method: string; body?: URLSearchParams }, origin?: string): Promise<Page> {
    let url = start;
    let request = first;
    for (let hop = 0; hop < maxRedirects; hop += 1) {
      if (url.href.startsWith(this.#redirectUri)) return { url, status: 0, html: '' };
      const headers = new Headers({ Accept: 'text/html', Cookie: this.#jar.header(url) });
      if (request.method !== 'GET' && origin) headers.set('Origin', origin);
      const response = await this.#fetch(url, { ...request, headers, redirect: 'manual' });
      this.#jar.store(url, response);
      const location = response.headers.get('Location');
      if (response.status < 300 || response.status > 399 || !location) {
        return { url, status: response.status, html: await response.text() };
      }
      await response.body?.cancel();
      url = new URL(location, url);
      // 307 and 308 repeat the request as it was; after the others a browser asks with GET (RFC 9110 §15.4).
      if (response.status < 307) request = { method: 'GET' };
    }
    throw new Error(`More than ${maxRedirects} redirects from ${start.origin}${start.pathname}.`);
  }
}

export interface SignInChoices {
  /** Who to be at the identity provider; `cancel` turns back there. */
  readonly login: string;
  readonly decision?: 'approve' | 'deny';
  /** Which tenant to choose, where the gateway asks. */
  readonly tenant?: string;
  /** The scopes to check on the consent page; every one that is offered by default. */
  readonly scopes?: readonly string[];
  /** Called when a page was answered, for whoever watches. */
  readonly onStep?: (step: 'consented' | 'signed-in' | 'chosen') => void;
}

/**
 * Goes from the authorization URL to the client's redirect URI: consent, login and choice, in whichever order they come.
 * Returns the page where that ended: `arrived(page)` tells whether it was the redirect URI.
 */
export async function signIn(browser: ScriptedBrowser, authorizationUrl: URL, choices: SignInChoices): Promise<Page> {
  const { login, decision = 'approve', tenant = '', scopes, onStep = () => {} } = choices;
  let page = await browser.visit(authorizationUrl);
  for (let step = 0; step < 5 && !browser.arrived(page); step += 1) {
    if (browser.shows(page, 'tenant', tenant)) {
      page = await browser.press(page, 'tenant', tenant);
      onStep('chosen');
    } else if (browser.shows(page, 'decision', 'connect')) {
      // As whom: shown to somebody whose consent is remembered, or who isn't the last one that signed in here.
      page = await browser.press(page, 'decision', 'connect');
    } else if (browser.shows(page, 'decision', decision)) {
      page = await browser.press(page, 'decision', decision, { scope: scopes ?? browser.offers(page, 'scope') });
      onStep('consented');
    } else if (browser.shows(page, 'login', login)) {
      page = await browser.press(page, 'login', login);
      onStep('signed-in');
    } else break;
  }
  return page;
}
