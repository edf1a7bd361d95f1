// JSON documents at addresses that strangers chose: client metadata documents, and the keys they point to. This is the
// only place that fetches them, within our own URL policy, without following a redirect, bounded in time and size.
// The last good copy of each is kept in an object of its own, so that an origin that fails for a moment (no answer, 5xx,
// 429) locks nobody out. It is not used once the document is no longer valid, and forgotten then, and also when the
// origin says that it is gone (404, 410): its maker took it back. Whatever else comes (401, 403, …) is a failure without
// a copy: it may be meant.
// Not guaranteed: that a change counts at once; a copy is taken for the document while it is fresh.
import type { Bindings } from '../config';
import { boundedFetch, FetchError, parseJson, type FetchBounds } from '../shared/bounded-fetch';
import { createLog, currentLog } from '../shared/log';
import { recordAt, type RecordFace } from '../storage/record-face';
import { DocumentError } from './document-error';
import { refusedUrl } from './public-url';

/** For how long a copy is kept after the document was last seen well. */
export const KEEP_SECONDS = {
  /** A document that somebody merely asked to sign in with: as long as the sign-in, which is kept as long. */
  signIn: 900,
  /** One that a session was opened for. An origin that fails for a month doesn't fail for a moment. */
  session: 30 * 86_400,
};

/** A change in the document counts after this time, and a sign-in asks for it once. */
const FRESH_MS = 300_000;
/** Keys are asked for again at once when one is missing, but no more often than this: anybody can name a key. */
const RENEW_MS = 60_000;
/** After an origin failed, its copy is used without asking again for this time. */
const REST_MS = 30_000;
/** Clients wait ten seconds for a token, so ours is less. */
const TIMEOUT_MS = 8_000;
/** With a copy at hand, nobody has to wait that long. */
const TIMEOUT_WITH_COPY_MS = 3_000;

interface Copy {
  readonly text: string;
  readonly fetchedAt: number;
  readonly keepSeconds: number;
}

type Answer =
  | { readonly kind: 'document'; readonly text: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'invalid' | 'failing' | 'refused'; readonly why: string };

/** One kind of document, and what it may say. */
export interface DocumentKind<Result> {
  readonly maxBytes: number;
  /** @throws DocumentError `invalid` */
  readonly read: (value: unknown, url: string) => Result;
}

export class Documents {
  readonly #bindings: Pick<Bindings, 'OAUTH_RECORDS'>;
  readonly #keepSeconds: number;
  readonly #failedAt = new Map<string, number>();

  constructor(bindings: Pick<Bindings, 'OAUTH_RECORDS'>, keepSeconds: number) {
    this.#bindings = bindings;
    this.#keepSeconds = keepSeconds;
  }

  /**
   * The document at `url`, or null when there is none.
   * @param renew asks the origin even though the copy is fresh, unless that has just been done
   * @throws DocumentError
   */
  async load<Result>(url: string, kind: DocumentKind<Result>, renew = false): Promise<Result | null> {
    const refusal = refusedUrl(url);
    if (refusal) throw new DocumentError('invalid', refusal);
    const record = recordAt(this.#bindings, `document:${url}`);
    const copy = parseJson((await record.read()) ?? '') as Copy | undefined;
    const read = (text: string): Result => kind.read(parseJson(text), url);
    const known = copy && good(() => read(copy.text));
    if (copy && known && this.#isFresh(url, copy, renew)) {
      if (copy.keepSeconds < this.#keepSeconds) await this.#keep(record, copy);
      return known.result;
    }
    const bounds = { timeoutMs: known ? TIMEOUT_WITH_COPY_MS : TIMEOUT_MS, maxBytes: kind.maxBytes };
    const answer = await ask(url, bounds);
    this.#failedAt.delete(url);
    switch (answer.kind) {
      case 'document': {
        const fetched = good(() => read(answer.text));
        if (!fetched) return forget(record, copy, () => read(answer.text));
        await this.#keep(record, { text: answer.text, fetchedAt: Date.now(), keepSeconds: copy?.keepSeconds ?? 0 });
        return fetched.result;
      }
      case 'gone':
        return forget(record, copy, () => null);
      case 'invalid':
        return forget(record, copy, () => {
          throw new DocumentError('invalid', answer.why);
        });
      case 'refused':
        throw new DocumentError('unreachable', answer.why);
      case 'failing': {
        if (!copy || !known) throw new DocumentError('unreachable', answer.why);
        this.#failedAt.set(url, Date.now());
        const ageSeconds = Math.round((Date.now() - copy.fetchedAt) / 1000);
        currentLog(createLog({})).warn('client.document_stale', { url, problem: answer.why, ageSeconds });
        return known.result;
      }
    }
  }

  #isFresh(url: string, copy: Copy, renew: boolean): boolean {
    const now = Date.now();
    if (now - (this.#failedAt.get(url) ?? 0) < REST_MS) return true;
    return now - copy.fetchedAt < (renew ? RENEW_MS : FRESH_MS);
  }

  async #keep(record: RecordFace, { text, fetchedAt, keepSeconds }: Copy): Promise<void> {
    const longest = Math.max(keepSeconds, this.#keepSeconds);
    const copy: Copy = { text, fetchedAt, keepSeconds: longest };
    await record.write(JSON.stringify(copy), longest - Math.floor((Date.now() - fetchedAt) / 1000));
  }
}

async function ask(url: string, bounds: FetchBounds): Promise<Answer> {
  try {
    const { status, headers, text } = await boundedFetch(url, { headers: { Accept: 'application/json' } }, bounds);
    if (status >= 300 && status < 400) return { kind: 'invalid', why: 'it redirects' };
    if (status === 404 || status === 410) return { kind: 'gone' };
    if (status !== 200) return { kind: status >= 500 || status === 429 ? 'failing' : 'refused', why: `http_${status}` };
    const type = headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    if (!/^application\/(?:[\w.-]+\+)?json$/.test(type)) return { kind: 'invalid', why: `content type ${type}` };
    return { kind: 'document', text };
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    return { kind: error.reason === 'too_large' ? 'invalid' : 'failing', why: error.reason };
  }
}

/** What is read, unless it isn't valid. */
function good<Result>(read: () => Result): { result: Result } | undefined {
  try {
    return { result: read() };
  } catch (error) {
    if (error instanceof DocumentError) return undefined;
    throw error;
  }
}

/** No copy outlives the document's own end. */
async function forget<Result>(record: RecordFace, copy: Copy | undefined, then: () => Result): Promise<Result> {
  if (copy) await record.take();
  return then();
}
