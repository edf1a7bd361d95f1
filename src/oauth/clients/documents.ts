// JSON documents at addresses that strangers choose: client metadata documents, and the keys they point to. They are
// fetched only here, within our own URL policy, without following a redirect, bounded in time and size.
// A client is known by its current document; else by the last good copy, which an object of its own holds; else by the
// pin that the gateway ships. So an origin that fails, or blocks the gateway (401, 403, a challenge), locks nobody out.
// A document that is gone (404, 410) or no longer valid deletes the copy and disables the pin, because its maker
// decides. A pin is only for a client whose document the gateway never held.
// Not guaranteed: that a change takes effect at once. A fresh copy is used without asking.
import type { Bindings } from '../../config';
import { parseJson } from '../../shared/bounded-fetch';
import { BoundedMap } from '../../shared/bounded-map';
import { createLog, currentLog } from '../../shared/log';
import { recordAt, type RecordStub } from '../store/record-stub';
import { askForDocument, type Failing } from './document-answer';
import { DocumentError } from './document-error';
import { refusedUrl } from './public-url';

/** How long a copy may stand in, counted from the last time that the document was good. */
export const KEEP_SECONDS = {
  /** A document with which somebody only started a sign-in: as long as the record of the sign-in. */
  signIn: 900,
  /** A document with which a session was opened. A failure of more than a month is not temporary. */
  session: 30 * 86_400,
};

/** A fresh copy is used without asking. After this time one sign-in asks again, and a change takes effect. */
const FRESH_MS = 300_000;
/** A missing key makes us ask again at once, but no more often than this: anybody can name an unknown key. */
const RENEW_MS = 60_000;
/** A failed origin isn't asked again for this time. */
export const REST_MS = 30_000;
/** Clients wait ten seconds for a token, so we wait less for a document. */
const TIMEOUT_MS = 8_000;
/** With a copy, there is no reason to wait that long. */
const TIMEOUT_WITH_COPY_MS = 3_000;

/** The record in the document's object. `text` is null when the document was taken back and a pin exists. */
interface Held {
  readonly text: string | null;
  /** When the document was last found to be good, or to be taken back. */
  readonly fetchedAt: number;
  readonly keepSeconds: number;
}

/** One kind of document, and what it may contain. */
export interface DocumentKind<Result> {
  /** Part of the record's name: an address that is read as another kind doesn't delete the copy of this kind. */
  readonly name: 'metadata' | 'keys';
  readonly maxBytes: number;
  /** How long a request waits for it, if less than usual. */
  readonly timeoutMs?: number;
  /** The longest time that a copy may stand in. */
  readonly maxKeepSeconds: number;
  /** @throws DocumentError `invalid` */
  readonly read: (value: unknown, url: string) => Result;
  /** The shipped pin for this address while it is valid, and when it ends. */
  readonly pinned?: (url: string) => { readonly result: Result; readonly endsAt: number } | undefined;
  /** Ignores the pin: only the maker's document counts. */
  readonly unpinned?: true;
}

interface Copy<Result> {
  readonly held: Held & { readonly text: string };
  readonly result: Result;
}

/**
 * Origins that failed recently. This is memory of the isolate: the edge has no other that lasts from one request to the
 * next.
 */
let failures = new BoundedMap<string, { readonly answer: Failing; readonly at: number }>(1_000);

/** Forgets the failures, as a new isolate would. For tests, which share one isolate. */
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
   * The document at `url`; null when there is none.
   * @param renew asks the origin although the copy is fresh, unless it was asked within {@link RENEW_MS}
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

  /** Only a handful of documents have a pin, so their copies are always kept long. */
  #keepFor<Result>(url: string, kind: DocumentKind<Result>): number {
    return Math.min(kind.maxKeepSeconds, kind.pinned?.(url) ? KEEP_SECONDS.session : this.#keepSeconds);
  }

  async #keep<Result>(record: RecordStub, held: Held, kind: DocumentKind<Result>, url: string): Promise<void> {
    const keepSeconds = Math.max(held.keepSeconds, this.#keepFor(url, kind));
    await write(record, { ...held, keepSeconds }, kind, url);
  }
}

/** The copy, if it is young enough and valid by the rules of today; undefined otherwise. */
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

/**
 * What replaces a document that can't be loaded: the copy, or else the pin.
 * @throws DocumentError `unreachable` when there is neither
 */
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

/**
 * A failure counts for one kind of document and one timeout: a host that needs more than one second may answer within
 * eight.
 */
function failureKey<Result>(url: string, { name, timeoutMs }: DocumentKind<Result>): string {
  return JSON.stringify([name, timeoutMs ?? TIMEOUT_MS, url]);
}

function failedLately(asked: string): Failing | undefined {
  const failure = failures.get(asked);
  if (!failure) return undefined;
  const since = Date.now() - failure.at;
  return since >= 0 && since < REST_MS ? failure.answer : undefined;
}

/**
 * Deletes the copy of a document that was taken back. If there is a pin, a note that disables it is stored for as long
 * as the pin is valid.
 */
async function takeBack<Result>(
  record: RecordStub,
  held: Held | undefined,
  kind: DocumentKind<Result>,
  url: string,
): Promise<void> {
  if (kind.pinned?.(url)) await write(record, { text: null, fetchedAt: Date.now(), keepSeconds: 0 }, kind, url);
  else if (held) await record.take();
}

/** Stores the record for as long as the copy may stand in, or the pin is valid. */
async function write<Result>(record: RecordStub, held: Held, kind: DocumentKind<Result>, url: string): Promise<void> {
  const now = Date.now();
  const endsAt = Math.max(held.fetchedAt + held.keepSeconds * 1000, kind.pinned?.(url)?.endsAt ?? 0);
  await record.write(JSON.stringify(held), Math.max(1, Math.ceil((endsAt - now) / 1000)));
}
