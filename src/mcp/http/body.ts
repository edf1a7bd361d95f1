// Reads the message of an MCP request, bounded before anything is made of it: parsed JSON takes fifty times its bytes.
// Bytes that aren't UTF-8 are refused: they would be stored as other characters than the client sent.
import { MAX_BODY_BYTES, MAX_BODY_DEPTH, MAX_BODY_PARTS } from '../calls/limits';
import { messageOf, type Message } from '../calls/message';
import { FetchError, readBounded } from '../../shared/bounded-fetch';

export async function readMessage(request: Request): Promise<Message> {
  if (request.method !== 'POST') return { kind: 'none' };
  try {
    const text = await readText(request);
    if (hasMoreParts(text, MAX_BODY_PARTS)) return { kind: 'refused', why: 'too_deep' };
    const value = JSON.parse(text) as unknown;
    return nestsDeeper(value, MAX_BODY_DEPTH) ? { kind: 'refused', why: 'too_deep' } : messageOf(value);
  } catch (error) {
    const tooLarge = error instanceof FetchError && error.reason === 'too_large';
    return { kind: 'refused', why: tooLarge ? 'too_large' : 'malformed' };
  }
}

/** JSON between systems is UTF-8 (RFC 8259 §8.1). It decodes whole bodies, and so keeps nothing for the next one. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** @throws FetchError for a body that is too large; that or a TypeError for bytes that do not decode */
async function readText(request: Request): Promise<string> {
  const declared = request.headers.get('Content-Length');
  if (declared !== null && Number(declared) <= MAX_BODY_BYTES && !request.headers.has('Content-Encoding')) {
    // Nothing touches `body`, which would make a stream: a call then takes a fifth more CPU (npm run bench -- --quick).
    const bytes = await request.arrayBuffer();
    if (bytes.byteLength > MAX_BODY_BYTES) throw new FetchError('too_large');
    return utf8.decode(bytes);
  }
  return readBounded(request, MAX_BODY_BYTES);
}

/** Counts what opens or continues a list or an object; such characters inside a text count as well, which is harmless. */
function hasMoreParts(text: string, parts: number): boolean {
  if (text.length <= parts) return false;
  let count = 0;
  for (let index = 0; index < text.length && count <= parts; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x2c || code === 0x5b || code === 0x7b) count += 1;
  }
  return count > parts;
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return levels === 0 || Object.values(value).some((child) => nestsDeeper(child, levels - 1));
}
