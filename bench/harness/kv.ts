// The far end of a KV binding, as workerd asks it over HTTP: values with metadata, in memory. Expiry isn't kept: nothing
// in a run lives long enough.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './request-body.ts';

interface Entry {
  readonly value: string;
  readonly metadata: string | undefined;
}

const entries = new Map<string, Entry>();

export async function answerKv(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://kv');
  const key = decodeURIComponent(pathname.slice(1));
  if (request.method === 'PUT') {
    const metadata = request.headers['cf-kv-metadata'];
    entries.set(key, { value: await readBody(request), metadata: typeof metadata === 'string' ? metadata : undefined });
    return void response.writeHead(200).end();
  }
  if (request.method === 'DELETE') {
    entries.delete(key);
    return void response.writeHead(200).end();
  }
  if (key === '') return void response.writeHead(200).end(JSON.stringify(list(searchParams.get('prefix') ?? '')));
  const entry = entries.get(key);
  if (!entry) return void response.writeHead(404).end();
  response.writeHead(200, entry.metadata === undefined ? {} : { 'CF-KV-Metadata': entry.metadata }).end(entry.value);
}

function list(prefix: string): object {
  const keys = [...entries.keys()].filter((name) => name.startsWith(prefix)).map((name) => ({ name }));
  return { keys, list_complete: true };
}
