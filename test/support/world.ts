// The world around the gateway under test: a network that leads to a test identity provider and to the product's backend,
// and to nothing else.
import { env } from 'cloudflare:workers';
import { reset } from 'cloudflare:test';
import { vi } from 'vitest';
import schema from '../../schema.sql?raw';
import { forgetFailures } from '../../src/oauth/clients/documents';
import { shelf } from '../product';
import type { ProductBackend } from '../product/backend';
import { TestIdentityProvider } from './identity-provider';
import { Browser, OAuthClient, sessionIdOf, useGateway, type TokenSet } from './oauth-client';
import type { Backend, TestProduct } from './product';
import { choose } from './tenants';
import { testVars } from './vars';

type Intercept = (request: Request) => Promise<Response | undefined> | Response | undefined;

export class World<Its extends Backend = ProductBackend> {
  readonly idp = new TestIdentityProvider();
  readonly backend: Its;
  /** Every request the gateway sent, as `METHOD host/path`. */
  readonly sent: string[] = [];
  /** Answers in place of the real neighbour where it returns a response. */
  intercept: Intercept | undefined;
  /** What an outcome waits for in place of a second (session/client/pending-outcomes.ts): nothing, unless a test says otherwise. */
  outcomesWait: () => Promise<void> = () => Promise.resolve();

  readonly #origin: string;

  constructor({ origin, begin }: TestProduct<Its>) {
    this.#origin = origin;
    this.backend = begin();
  }

  /** A fresh world of the fixture product. */
  static begin(): Promise<World> {
    return World.of(shelf);
  }

  /** A fresh world of any product: empty storage, the schema applied, the network in place. */
  static async of<Its extends Backend>(product: TestProduct<Its>): Promise<World<Its>> {
    vi.useRealTimers();
    await reset();
    forgetFailures();
    useGateway();
    await env.DB.batch(
      schema
        .split(/;\s*$/m)
        .map((statement) => statement.trim())
        .filter((statement) => statement.replace(/^--.*$/gm, '').trim() !== '')
        .map((statement) => env.DB.prepare(statement)),
    );
    const world = new World(product);
    vi.spyOn(scheduler, 'wait').mockImplementation(() => world.outcomesWait());
    vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => world.#fetch(new Request(input, init)));
    return world;
  }

  async #fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    this.sent.push(`${request.method} ${url.host}${url.pathname}`);
    const intercepted = await this.intercept?.(request);
    return intercepted ?? this.neighbour(request);
  }

  /** What the real neighbour answers; for an {@link intercept} that lets it act and then loses or holds the answer. */
  async neighbour(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.origin === testVars.IDP_ISSUER) return this.idp.fetch(request);
    if (url.origin === this.#origin) return this.backend.fetch(request);
    throw new TypeError(`no route to ${url.host}`);
  }

  /** Lets time pass for everything that asks the clock; timers and the simulated storage keep their own time. */
  advance(milliseconds: number): void {
    if (!vi.isFakeTimers()) vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + milliseconds);
  }

  /** Goes from the client's authorization request to its code. */
  async authorize(
    client: OAuthClient,
    email: string,
    options: { scope?: string; keep?: (scope: string) => boolean; browser?: Browser } = {},
  ): Promise<URL> {
    const browser = options.browser ?? new Browser();
    const first = await browser.open(await client.authorizationUrl({ scope: options.scope }));
    let toProvider = first.headers.get('Location');
    if (!toProvider) {
      const page = await first.text();
      const boxes = [...page.matchAll(/name="scope"\s+value="([^"]+)"/g)].map((match) => match[1] ?? '');
      const answer = await browser.submit(page, 'approve', boxes.filter(options.keep ?? (() => true)));
      toProvider = answer.headers.get('Location') ?? '';
    }
    const answer = await browser.open(this.idp.signIn(toProvider, email));
    let location = answer.headers.get('Location');
    const page = await answer.text();
    // As whom, for somebody who saw no page or who isn't the last one in this browser.
    if (page.includes('value="connect"'))
      location = (await choose(browser, page, { decision: 'connect' })).headers.get('Location');
    if (!location) throw new Error(`the callback answered ${answer.status}: ${page.slice(0, 2000)}`);
    return new URL(location);
  }

  /** A signed-in session of a fresh client. */
  async signIn(
    email = 'ada@acme.example',
    options: { scope?: string } = {},
  ): Promise<{ client: OAuthClient; tokens: TokenSet; sessionId: string }> {
    const client = await OAuthClient.register();
    const location = await this.authorize(client, email, options);
    const answer = await client.redeem(location.searchParams.get('code') ?? '');
    if (answer.status !== 200)
      throw new Error(`the token endpoint answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return { client, tokens: answer.body, sessionId: sessionIdOf(answer.body) };
  }
}
