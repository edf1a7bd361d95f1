// A shape holds everything that the SDK reads of a request (src/mcp/fast-path/request-shape.ts). Here the SDK answers every
// message of the conformance suite, and what it asks for by name is recorded: a new version of the SDK that reads one
// header or one key of the envelope more fails here, and so does a shape that forgets one.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCatalogue } from '../../../../src/mcp/calls/catalogue';
import { isObject, messageOf, type Members } from '../../../../src/mcp/calls/message';
import { plainRequest, PROTOCOL_KEY, SHAPE_HEADERS } from '../../../../src/mcp/fast-path/request-shape';
import { SdkEndpoint } from '../../../../src/mcp/http/sdk';
import { CARRIED_HEADERS } from '../../../../src/mcp/sessions/edge';
import { conformance } from '../../../conformance/definition';
import messages from '../../../conformance/messages.json';
import { requestTo } from '../requests';

const headersRead = new Set<string>();
const metaRead = new Set<string>();

beforeEach(() => {
  headersRead.clear();
  metaRead.clear();
  for (const name of ['get', 'has'] as const) {
    const real = Headers.prototype[name] as (this: Headers, header: string) => never;
    vi.spyOn(Headers.prototype, name).mockImplementation(function (this: Headers, header: string) {
      headersRead.add(header.toLowerCase());
      return real.call(this, header);
    });
  }
});
afterEach(() => vi.restoreAllMocks());

/** The message, whose `_meta` tells which of its keys somebody asks for by name. */
function watched(value: unknown): unknown {
  if (!isObject(value) || !isObject(value['params']) || !isObject(value['params']['_meta'])) return value;
  const note = (key: string | symbol): void => {
    if (typeof key === 'string') metaRead.add(key);
  };
  const meta = new Proxy(value['params']['_meta'], {
    get(target, key): unknown {
      note(key);
      return Reflect.get(target, key);
    },
    has(target, key) {
      note(key);
      return Reflect.has(target, key);
    },
  });
  return { ...value, params: { ...value['params'], _meta: meta } };
}

interface Recorded {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** Those that may be plain; within a session the object is sent {@link CARRIED_HEADERS} alone. */
const recorded = (messages as readonly Recorded[]).filter(
  ({ method, body }) =>
    method === 'POST' && isObject(body) && body['method'] !== 'initialize' && body['method'] !== 'subscriptions/listen',
);

function httpOf({ headers }: Recorded): Request {
  const sent = Object.entries(headers).filter(([name, value]) => value !== undefined && name !== 'mcp-session-id');
  return new Request('https://gateway.example/mcp', {
    method: 'POST',
    headers: sent as [string, string][],
    body: '{}',
  });
}

/** Lets the SDK answer each message, and nobody else look at it. */
async function sendAll(change: (body: Members) => Members): Promise<void> {
  const sdk = new SdkEndpoint(conformance, createCatalogue(conformance), { learn: () => {}, forget: () => {} });
  const { request } = requestTo(conformance);
  const options = { bindings: {} as never, token: { expiresAt: Number.MAX_SAFE_INTEGER, ours: true } };
  for (const one of recorded) {
    const received = {
      http: httpOf(one),
      message: messageOf(watched(change(one.body as Members))),
      oauthSessionId: 'session-1',
    };
    const { response } = await sdk.respond(received, request, options, undefined);
    await response.text();
  }
}

/** As from a client that gives a progress token. */
const withProgressToken = (body: Members): Members => {
  const params = isObject(body['params']) ? body['params'] : {};
  const meta = isObject(params['_meta']) ? params['_meta'] : {};
  return { ...body, params: { ...params, _meta: { ...meta, progressToken: 'p1' } } };
};

test('each header is part of the shape, or compared by it', { timeout: 60_000 }, async () => {
  const plain = recorded.filter((one) => plainRequest({ http: httpOf(one), message: messageOf(one.body) }));
  expect(plain.length).toBeGreaterThan(20);
  headersRead.clear();
  await sendAll((body) => body);
  const inShape = SHAPE_HEADERS.map((name) => name.toLowerCase());
  // Whether a name is there is part of the shape, and it equals the message's; the session is looked up by its id.
  const compared = ['mcp-name', 'mcp-session-id'];
  const known = new Set([...inShape, ...compared]);
  expect([...headersRead].filter((name) => !known.has(name))).toEqual([]);
  // The recording sees what it has to see: nothing is in the shape that the SDK doesn't read.
  expect(inShape.filter((name) => !headersRead.has(name))).toEqual([]);
});

test('within a session the object is sent no header besides', () => {
  const known = new Set([...SHAPE_HEADERS, 'Last-Event-ID'].map((name) => name.toLowerCase()));
  expect(CARRIED_HEADERS.filter((name) => !known.has(name.toLowerCase()))).toEqual([]);
});

test('each key of the envelope is the protocol’s, whose value is part of the shape', { timeout: 60_000 }, async () => {
  await sendAll(withProgressToken);
  expect(metaRead.size).toBeGreaterThan(3);
  // A progress token is part of it by its kind: to a tool that says nothing, it makes no difference which one it is.
  const own = [...metaRead].filter((name) => !PROTOCOL_KEY.test(name) && name !== 'progressToken');
  expect(own).toEqual([]);
});
