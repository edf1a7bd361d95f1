// JSON documents at addresses that strangers chose: client metadata documents, and the keys they point to. They are
// fetched from here only, within our own URL policy, without following a redirect, bounded in time and size.
// In this order, a client is known by the document as it is now; by the last good copy of it, which is kept in an object
// of its own; by what the gateway was shipped with (`pinned`). So an origin that fails, or turns the gateway away (401,
// 403, a challenge), locks nobody out. A document that is gone (404, 410), or no longer valid, takes the copy back, and
// rules out the pin: its maker's word counts. A pin is for those of whom the gateway never held a document.
// Not guaranteed: that a change counts at once; a copy is taken for the document while it is fresh.
import type { Bindings } from '../../config';
import { parseJson } from '../../shared/bounded-fetch';
import { BoundedMap } from '../../shared/bounded-map';
import { createLog, currentLog } from '../../shared/log';
import { recordAt, type RecordFace } from '../store/record-stub';
import { askForDocument, type Failing } from './document-answer';
import { DocumentError } from './document-error';
import { refusedUrl } from './public-url';

/** For how long a copy stands in, counted from when the document was last seen well. */
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
/** After an origin failed, it isn't asked again for this time. */
export const REST_MS = 30_000;
/** Clients wait ten seconds for a token, so ours is less. */
const TIMEOUT_MS = 8_000;
/** With a copy at hand, nobody has to wait that long. */
const TIMEOUT_WITH_COPY_MS = 3_000;

/** What the document's object holds. `text` is null where the document was taken back and a pin would stand in. */
interface Held {
  readonly text: string | null;
  /** When it was last seen well, or found to be taken back. */
  readonly fetchedAt: number;
  readonly keepSeconds: number;
}

/** One kind of document, and what it may say. */
export interface DocumentKind<Result> {
  /** Part of the record's name: what is read as another kind takes no copy of this one back. */
  readonly name: 'metadata' | 'keys';
  readonly maxBytes: number;
  /** How long somebody waits for it, where that is less than usual. */
  readonly timeoutMs?: number;
  /** The longest that a copy may stand in. */
  readonly maxKeepSeconds: number;
  /** @throws DocumentError `invalid` */
  readonly read: (value: unknown, url: string) => Result;
  /** What the gateway was shipped with for this address, while that holds, and when it ends. */
  readonly pinned?: (url: string) => { readonly result: Result; readonly endsAt: number } | undefined;
  /** Whether only a document of its maker's counts, and no pin. */
  readonly unpinned?: true;
}

interface Copy<Result> {
  readonly held: Held & { readonly text: string };
  readonly result: Result;
}

/** Origins that failed lately. Of the isolate: at the edge a request has nothing else that would last until the next. */
let failures = new BoundedMap<string, { readonly answer: Failing; readonly at: number }>(1_000);

/** As in a new isolate. For tests, which share one. */
export function forgetFailures(): void {
  failures = new BoundedMap(1_000);
}

export class Documents {
  readonly #bindings: Pick<Bindings, 'OAUTH_RECORDS'>;
  readonly #keepSeconds: number;

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
    const record = recordAt(this.#bindings, `document:${kind.name}:${url}`);
    const held = parseJson((await record.read()) ?? '') as Held | undefined;
    const copy = usable(held, kind, url);
    const asked = failureKey(url, kind);
    const rests = failedLately(asked);
    if (copy && !rests && Date.now() - copy.held.fetchedAt < (renew ? RENEW_MS : FRESH_MS)) {
      if (copy.held.keepSeconds < this.#keepFor(url, kind)) await this.#keep(record, copy.held, kind, url);
      return copy.result;
    }
    const timeoutMs = kind.timeoutMs ?? (copy ? TIMEOUT_WITH_COPY_MS : TIMEOUT_MS);
    const answer = rests ?? (await askForDocument(url, { timeoutMs, maxBytes: kind.maxBytes }));
    switch (answer.kind) {
      case 'document': {
        failures.delete(asked);
        let result: Result;
        try {
          result = kind.read(parseJson(answer.text), url);
        } catch (error) {
          await takeBack(record, held, kind, url);
          throw error;
        }
        const keepSeconds = held?.keepSeconds ?? 0;
        await this.#keep(record, { text: answer.text, fetchedAt: Date.now(), keepSeconds }, kind, url);
        return result;
      }
      case 'gone':
        failures.delete(asked);
        await takeBack(record, held, kind, url);
        return null;
      case 'invalid':
        failures.delete(asked);
        await takeBack(record, held, kind, url);
        throw new DocumentError('invalid', answer.why);
      case 'failing':
        if (!rests) failures.set(asked, { answer, at: Date.now() });
        return standIn(url, answer, held, copy, kind);
    }
  }

  /** A document that a pin could stand in for is one of a handful: it is kept for long whoever asked for it. */
  #keepFor<Result>(url: string, kind: DocumentKind<Result>): number {
    return Math.min(kind.maxKeepSeconds, kind.pinned?.(url) ? KEEP_SECONDS.session : this.#keepSeconds);
  }

  async #keep<Result>(record: RecordFace, held: Held, kind: DocumentKind<Result>, url: string): Promise<void> {
    const keepSeconds = Math.max(held.keepSeconds, this.#keepFor(url, kind));
    await write(record, { ...held, keepSeconds }, kind, url);
  }
}

/** The copy that may stand in, if there is one: young enough, and valid by the rules of today. */
function usable<Result>(held: Held | undefined, kind: DocumentKind<Result>, url: string): Copy<Result> | undefined {
  if (!held || held.text === null) return undefined;
  const seconds = (Date.now() - held.fetchedAt) / 1000;
  if (seconds >= Math.min(held.keepSeconds, kind.maxKeepSeconds)) return undefined;
  try {
    return { held: { ...held, text: held.text }, result: kind.read(parseJson(held.text), url) };
  } catch (error) {
    if (error instanceof DocumentError) return undefined;
    throw error;
  }
}

/** What is used in the place of a document that can't be had. @throws DocumentError `unreachable` where there is nothing */
function standIn<Result>(
  url: string,
  { why: problem, turnedAway }: Failing,
  held: Held | undefined,
  copy: Copy<Result> | undefined,
  kind: DocumentKind<Result>,
): Result {
  const log = currentLog(createLog({}));
  if (copy) {
    const ageSeconds = Math.round((Date.now() - copy.held.fetchedAt) / 1000);
    log.warn('client.document_stale', { url, problem, ageSeconds });
    return copy.result;
  }
  const pin = held === undefined && turnedAway && !kind.unpinned ? kind.pinned?.(url) : undefined;
  if (!pin) throw new DocumentError('unreachable', problem);
  log.warn('client.pin_used', { url, problem, endsOn: new Date(pin.endsAt).toISOString().slice(0, 10) });
  return pin.result;
}

/** A failure is of one kind of document and one patience: who waits a second only learns nothing for who waits eight. */
function failureKey<Result>(url: string, { name, timeoutMs }: DocumentKind<Result>): string {
  return JSON.stringify([name, timeoutMs ?? TIMEOUT_MS, url]);
}

function failedLately(asked: string): Failing | undefined {
  const failure = failures.get(asked);
  if (!failure) return undefined;
  const since = Date.now() - failure.at;
  return since >= 0 && since < REST_MS ? failure.answer : undefined;
}

/** No copy outlives its document, and no pin comes back after it: so that is noted for as long as there is a pin. */
async function takeBack<Result>(
  record: RecordFace,
  held: Held | undefined,
  kind: DocumentKind<Result>,
  url: string,
): Promise<void> {
  if (kind.pinned?.(url)) await write(record, { text: null, fetchedAt: Date.now(), keepSeconds: 0 }, kind, url);
  else if (held) await record.take();
}

/** Kept as long as the copy may stand in, and as long as somebody has to know that there was one. */
async function write<Result>(record: RecordFace, held: Held, kind: DocumentKind<Result>, url: string): Promise<void> {
  const now = Date.now();
  const endsAt = Math.max(held.fetchedAt + held.keepSeconds * 1000, kind.pinned?.(url)?.endsAt ?? 0);
  await record.write(JSON.stringify(held), Math.max(1, Math.ceil((endsAt - now) / 1000)));
}
