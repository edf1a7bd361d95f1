// A fetch that remembers what went over the wire, for whoever wants to show it. Nothing is masked here: what is kept
// holds live secrets, and exchange-text.ts is what may be printed of it.

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
  readonly status: number;
  readonly answer: {
    readonly headers: Headers;
    /** Empty where it is neither JSON nor HTML: a stream is left to its reader. */
    readonly body: string;
  };
}

export class Wire {
  #exchanges: Exchange[] = [];
  #last: Exchange | undefined;

  readonly fetch = async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(input, init);
    const type = response.headers.get('Content-Type') ?? '';
    const readable = type.includes('json') || type.startsWith('text/html');
    this.#last = {
      method: init.method ?? 'GET',
      url: new URL(input),
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' || init.body instanceof URLSearchParams ? String(init.body) : '',
      status: response.status,
      answer: { headers: response.headers, body: readable ? await response.clone().text() : '' },
    };
    this.#exchanges.push(this.#last);
    return response;
  };

  /** The latest exchange, taken or not. */
  last(): Exchange | undefined {
    return this.#last;
  }

  /** What happened since this was last asked, in the order of the answers. */
  take(): Exchange[] {
    const taken = this.#exchanges;
    this.#exchanges = [];
    return taken;
  }
}
