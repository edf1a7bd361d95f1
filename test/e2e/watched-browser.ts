// A person's browser (one Chromium profile in memory) that keeps what it complains about and what is set in it.
import type { Browser, BrowserContext, Page } from 'playwright-core';

export class WatchedBrowser implements AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console messages, uncaught errors and violations of a content security policy, of whatever page. */
  readonly complaints: string[] = [];
  /** Every page that was visited, redirects included, without its query: `METHOD status url`. */
  readonly visits: string[] = [];
  readonly #cookies: Promise<string[]>[] = [];

  private constructor(context: BrowserContext, page: Page, origin: string) {
    this.context = context;
    this.page = page;
    page.on('console', (message) => {
      // What Chromium says of any page that is itself a 4xx or 5xx.
      if (!message.text().startsWith('Failed to load resource')) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('response', (response) => {
      const url = new URL(response.url());
      if (!response.request().isNavigationRequest()) return;
      this.visits.push(`${response.request().method()} ${response.status()} ${url.origin}${url.pathname}`);
      if (url.origin === origin) this.#cookies.push(setCookiesOf(response));
    });
  }

  /** @param origin whose cookies to watch */
  static async open(browser: Browser, origin: string): Promise<WatchedBrowser> {
    const context = await browser.newContext();
    context.setDefaultTimeout(60_000); // a busy machine is slow to answer
    return new WatchedBrowser(context, await context.newPage(), origin);
  }

  /** The `Set-Cookie` headers of the watched origin, deletions included. */
  async setCookies(): Promise<string[]> {
    return (await Promise.all(this.#cookies)).flat();
  }

  heading(): Promise<string | null> {
    return this.page.locator('h1').textContent();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }
}

async function setCookiesOf(response: Awaited<ReturnType<Page['waitForResponse']>>): Promise<string[]> {
  const headers = await response.headersArray();
  return headers.filter(({ name }) => name.toLowerCase() === 'set-cookie').map(({ value }) => value);
}
