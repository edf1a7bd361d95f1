// What happens on the way of a call, in the order in which it happens: that the session's object is asked, what it says,
// and what reaches the upstream. Either end can be made to wait for the other, or to say something else.
import { assert, vi } from 'vitest';
import type { AuthorizeResult } from '../../src/session/stub';
import { until, type SessionProbe } from './session';
import type { World } from './world';

type Decide = () => Promise<AuthorizeResult>;
/** Of the session's object. */
type Methods = Record<'authorize' | 'renew' | 'publish', (...input: never[]) => Promise<unknown>>;

export class Timeline {
  /** `asked`, then the kind of the answer; `GET /v1/…`, then its status; `renew` and `publish`. */
  events: string[] = [];
  /** Requests to the upstream, in order. */
  requests: Request[] = [];
  /** In place of the object. */
  object: (decide: Decide) => Promise<AuthorizeResult> = (decide) => decide();
  /** Answers in place of the upstream where it returns a response. */
  upstream: (request: Request) => Promise<Response | undefined | void> | Response | undefined = () => undefined;

  /** Watches every session of the world from here on; `session` is any that is open. */
  static async watch(world: World, session: SessionProbe): Promise<Timeline> {
    const timeline = new Timeline();
    world.intercept = (request) => timeline.#fetch(world, request);
    await session.look((_state, instance) => timeline.#spyOn(Object.getPrototypeOf(instance) as Methods));
    return timeline;
  }

  get bearers(): string[] {
    return this.requests.map(({ headers }) => headers.get('Authorization') ?? '');
  }

  /** Tokens of the upstream that stand in a text. */
  secretsIn(text: string): string[] {
    return this.bearers.map((bearer) => bearer.slice('Bearer '.length)).filter((secret) => text.includes(secret));
  }

  /** What comes after is a timeline of its own. */
  begin(): void {
    this.events = [];
    this.requests = [];
  }

  /** Waits for something to happen. It fails after a second, which is how long a timeline waits for what may not be. */
  happens(event: string): Promise<void> {
    return until(() => assert(this.events.includes(event), `no ${event}: ${this.events.join(', ')}`), 200);
  }

  /** Whether one thing happened before another. */
  inOrder(...events: string[]): boolean {
    const places = events.map((event) => this.events.indexOf(event));
    return places.every((place, index) => place >= 0 && (index === 0 || place > (places[index - 1] ?? 0)));
  }

  async #fetch(world: World, request: Request): Promise<Response | undefined> {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith('/v1/')) return undefined;
    this.requests.push(request);
    this.events.push(`${request.method} ${pathname}`);
    const answer = (await this.upstream(request)) ?? (await world.neighbour(request));
    this.events.push(`upstream ${answer.status}`);
    return answer;
  }

  #spyOn(methods: Methods): void {
    this.#on(methods, 'authorize', async (decide) => {
      this.events.push('asked');
      const result = await this.object(async () => JSON.parse((await decide()) as string) as AuthorizeResult);
      this.events.push(result.kind);
      return JSON.stringify(result);
    });
    for (const name of ['renew', 'publish'] as const)
      this.#on(methods, name, (answer) => {
        this.events.push(name);
        return answer();
      });
  }

  #on(methods: Methods, name: keyof Methods, answer: (real: () => Promise<unknown>) => Promise<unknown>): void {
    const method = methods[name];
    vi.spyOn(methods, name).mockImplementation(function (this: unknown, ...input) {
      return answer(() => Reflect.apply(method, this, input));
    });
  }
}

/** Time for whatever should not happen to happen. */
export async function aWhile(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 2));
}
