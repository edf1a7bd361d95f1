// Pages of a list. A cursor names the last entry of the page before, so that it still fits when the list has grown or the
// caller's scopes have; it holds nothing that its holder hasn't seen, and needs no signature. Clients must not read it.
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { fromBase64, toBase64Url } from '../../crypto/base64';
import { MAX_CURSOR, PAGE_SIZE } from '../calls/limits';

export interface Page<Entry> {
  readonly entries: Entry[];
  readonly next: { nextCursor?: string };
}

/**
 * @param keyOf what names an entry in its list
 * @throws ProtocolError for a cursor that this list never gave, or whose entry is gone
 */
export function pageOf<Entry>(
  list: string,
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string,
  cursor: string | undefined,
): Page<Entry> {
  const start = cursor === undefined ? 0 : positionAfter(list, entries, keyOf, cursor);
  const page = entries.slice(start, start + PAGE_SIZE);
  const last = page.at(-1);
  const more = last !== undefined && start + page.length < entries.length;
  return { entries: page, next: more ? { nextCursor: encode([list, keyOf(last)]) } : {} };
}

function positionAfter<Entry>(
  list: string,
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string,
  cursor: string,
): number {
  const [of, key] = decode(cursor);
  const index = of === list ? entries.findIndex((entry) => keyOf(entry) === key) : -1;
  if (index === -1)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid cursor. Begin again without one.');
  return index + 1;
}

function encode(parts: readonly [list: string, key: string]): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify(parts)));
}

function decode(cursor: string): unknown[] {
  const bytes = cursor.length > MAX_CURSOR ? undefined : fromBase64(cursor);
  try {
    const parts: unknown = bytes && JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
