// Requests that look like one whose shape is known, and aren't: each is answered as by a gateway that knows nothing.
import { beforeEach, expect, test } from 'vitest';
import { product } from '../../product/definition';
import { catchLogs } from '../../support/logs';
import { World } from '../../support/world';
import { eras, nameOf, newGateway, type Message, type Way } from './ways';

let token: string;
beforeEach(async () => {
  catchLogs();
  const world = await World.begin();
  token = (await world.signIn()).tokens.access_token;
});

type Body = Record<string, unknown>;

/** Without the header, or with these instead. */
const header =
  (name: string, ...values: string[]) =>
  ({ headers, body }: Message): Message => ({
    headers: [
      ...headers.filter(([own]) => own.toLowerCase() !== name.toLowerCase()),
      ...values.map((value) => [name, value] as const),
    ],
    body,
  });
const bodyOf =
  (change: (body: Body) => unknown) =>
  ({ headers, body }: Message): Message => ({ headers, body: change(body as Body) });
const member = (more: Body) => bodyOf((body) => ({ ...body, ...more }));
const params = (more: Body) => bodyOf((body) => ({ ...body, params: { ...Object(body['params']), ...more } }));
const meta = (more: Body) =>
  bodyOf((body) => {
    const given = Object(body['params']) as Body;
    return { ...body, params: { ...given, _meta: { ...Object(given['_meta']), ...more } } };
  });
/** What JSON can say and an object can't. */
const text = (from: string, to: string) =>
  bodyOf((body) => {
    const before = JSON.stringify(body);
    expect(before).toContain(from);
    return before.replace(from, to);
  });
const key = (name: string) => `io.modelcontextprotocol/${name}`;

const lookalikes: Record<string, (message: Message) => Message> = {
  'another revision': header('MCP-Protocol-Version', '2025-06-18'),
  'the other era': header('MCP-Protocol-Version', '2025-11-25'),
  'the newer era': header('MCP-Protocol-Version', '2026-07-28'),
  'a revision that there is not': header('MCP-Protocol-Version', '2030-01-01'),
  'no revision': header('MCP-Protocol-Version'),
  'two revisions': header('MCP-Protocol-Version', '2026-07-28', '2025-11-25'),
  'the revision twice': header('MCP-Protocol-Version', '2026-07-28', '2026-07-28'),
  'no Mcp-Method': header('Mcp-Method'),
  'another Mcp-Method': header('Mcp-Method', 'tools/list'),
  'an Mcp-Method of another case': header('Mcp-Method', 'TOOLS/CALL'),
  'two Mcp-Methods': header('Mcp-Method', 'tools/call', 'tools/call'),
  'no Mcp-Name': header('Mcp-Name'),
  'another Mcp-Name': header('Mcp-Name', 'create_item'),
  'an Mcp-Name of another case': header('Mcp-Name', 'Whoami'),
  'an Mcp-Name in base64': header('Mcp-Name', '=?base64?d2hvYW1p?='),
  'another Mcp-Name in base64': header('Mcp-Name', '=?base64?Y3JlYXRlX2xlYWQ=?='),
  'an Mcp-Name in broken base64': header('Mcp-Name', '=?base64?%%%?='),
  'an Mcp-Name within blanks': header('Mcp-Name', '  whoami\t'),
  'an empty Mcp-Name': header('Mcp-Name', ''),
  'two Mcp-Names': header('Mcp-Name', 'whoami', 'whoami'),
  'a name in base64, and so the header': (message) =>
    params({ name: '=?base64?d2hvYW1p?=' })(header('Mcp-Name', '=?base64?d2hvYW1p?=')(message)),
  'a parameter in a header': header('Mcp-Param-Name', 'x'),
  'no Content-Type': header('Content-Type'),
  'text/plain': header('Content-Type', 'text/plain'),
  'JSON in UTF-8': header('Content-Type', 'application/json; charset=utf-8'),
  'JSON of some vendor': header('Content-Type', 'application/vnd.x+json'),
  'something that begins like JSON': header('Content-Type', 'application/jsonp'),
  'two Content-Types': header('Content-Type', 'application/json', 'text/plain'),
  'no Accept': header('Accept'),
  'an Accept without streams': header('Accept', 'application/json'),
  'an Accept without JSON': header('Accept', 'text/event-stream'),
  'an Accept of anything': header('Accept', '*/*'),
  'a foreign session': header('Mcp-Session-Id', 'of-somebody-else'),
  'an empty session id': header('Mcp-Session-Id', ''),
  'a place in a stream': header('Last-Event-ID', '1'),

  'another member': member({ extra: 1 }),
  'a result beside': member({ result: {} }),
  'an error beside': member({ error: { code: 1, message: 'no' } }),
  'JSON-RPC 1.0': member({ jsonrpc: '1.0' }),
  'no JSON-RPC': member({ jsonrpc: undefined }),
  'another method': member({ method: 'tools/calls' }),
  'no method': member({ method: undefined }),
  'a list as params': member({ params: [] }),
  'no params': member({ params: undefined }),
  'params that are null': member({ params: null }),
  ...Object.fromEntries(
    [undefined, null, 1.5, true, 1e300, 2 ** 53, {}, []].map((id) => [`id ${JSON.stringify(id)}`, member({ id })]),
  ),
  'a batch of one': bodyOf((body) => [body]),
  'an empty batch': bodyOf(() => []),
  'a string': bodyOf((body) => JSON.stringify(JSON.stringify(body))),
  'no JSON': bodyOf((body) => `${JSON.stringify(body)}}`),
  nothing: bodyOf(() => undefined),
  'too much': params({ arguments: { blob: 'x'.repeat(4 * 1024 * 1024) } }),
  'too many parts': params({ arguments: { list: Array.from({ length: 50_001 }, () => 1) } }),
  'too deep': text('"arguments":{}', `"arguments":{"a":${'['.repeat(70)}${']'.repeat(70)}}`),

  'no name': params({ name: undefined }),
  'a number as name': params({ name: 7 }),
  'a list as name': params({ name: ['whoami'] }),
  'another name than its header': params({ name: 'create_item' }),
  'a list as arguments': params({ arguments: [] }),
  'null as arguments': params({ arguments: null }),
  'a string as arguments': params({ arguments: '{}' }),
  'no arguments': params({ arguments: undefined }),
  'a task': params({ task: { ttl: 60_000 } }),
  'a cursor': params({ cursor: 'x' }),
  'answers to questions': params({ inputResponses: {} }),
  'a state': params({ requestState: 'x' }),
  'another parameter': params({ extra: 1 }),

  '_meta that is null': params({ _meta: null }),
  'a list as _meta': params({ _meta: [] }),
  'a string as _meta': params({ _meta: 'x' }),
  'no _meta': params({ _meta: undefined }),
  'empty _meta': params({ _meta: {} }),
  'the _meta of another revision': meta({ [key('protocolVersion')]: '2025-11-25' }),
  'the _meta of the newer revision': meta({ [key('protocolVersion')]: '2026-07-28' }),
  'the _meta of no revision': meta({ [key('protocolVersion')]: undefined }),
  'a revision that is no text': meta({ [key('protocolVersion')]: 20260728 }),
  'the _meta of another client': meta({ [key('clientInfo')]: { name: 'openai-mcp', version: '1' } }),
  'the _meta of a nameless client': meta({ [key('clientInfo')]: { version: '1' } }),
  'the _meta of no client': meta({ [key('clientInfo')]: undefined }),
  'other capabilities': meta({ [key('clientCapabilities')]: { elicitation: {}, sampling: {} } }),
  'capabilities that are none': meta({ [key('clientCapabilities')]: 'all' }),
  'no capabilities': meta({ [key('clientCapabilities')]: undefined }),
  'a level': meta({ [key('logLevel')]: 'debug' }),
  'a level that there is not': meta({ [key('logLevel')]: 'loud' }),
  'a related task': meta({ [key('related-task')]: { taskId: 'x' } }),
  'an ill-formed related task': meta({ [key('related-task')]: 7 }),
  ...Object.fromEntries(
    ['x', 7, null, 1.5, 2 ** 60, true, {}, []].map((progressToken) => [
      `the progress token ${JSON.stringify(progressToken)}`,
      meta({ progressToken }),
    ]),
  ),

  'the id twice': text('"id":1', '"id":1,"id":null'),
  'the method twice': text('"method":"tools/', '"method":"tools/list","method":"tools/'),
  'the name twice': text('"name":"whoami"', '"name":"whoami","name":"create_item"'),
  'the arguments twice': text('"arguments":{}', '"arguments":{},"arguments":[]'),
  '__proto__ in the message': text('"id":1', '"id":1,"__proto__":{"method":"tools/list"}'),
  '__proto__ in params': text('"name":"whoami"', '"name":"whoami","__proto__":{"task":{}}'),
  '__proto__ in arguments': text('"arguments":{}', '"arguments":{"__proto__":{"a":1}}'),
  'constructor in arguments': text('"arguments":{}', '"arguments":{"constructor":{"prototype":{"a":1}}}'),
  'an escaped key': text('"jsonrpc"', '"jsonrp\\u0063"'),
  'a byte order mark': bodyOf((body) => `\u{feff}${JSON.stringify(body)}`),
  '__proto__ in _meta': (message) => {
    const { headers, body } = meta({ proto: {} })(message);
    return {
      headers,
      body: JSON.stringify(body).replace('"proto":{}', `"__proto__":{"${key('protocolVersion')}":"2026-07-28"}`),
    };
  },
};

/** Those that are the very same request to whoever reads it, or differ in what the SDK doesn't look at. */
const alike = {
  both: [
    'a parameter in a header',
    'a place in a stream',
    'the method twice',
    'constructor in arguments',
    'an escaped key',
    'a byte order mark',
  ],
  '2026-07-28': ['the newer era', 'the _meta of the newer revision', 'an Mcp-Name within blanks'],
  // Its headers name neither the method nor the tool, and it has no _meta.
  '2025-11-25': [
    'the other era',
    'no Mcp-Method',
    'no Mcp-Name',
    'no _meta',
    'another name than its header',
    'the name twice',
    // As empty _meta, which comes before.
    'the _meta of no revision',
    'the _meta of no client',
    'no capabilities',
  ],
};

test.each(eras)(
  'what looks like a call of $era is answered as by a gateway that knows nothing',
  { timeout: 60_000 },
  async ({ era, request }) => {
    const known = request('tools/call', { name: 'whoami', arguments: {} });
    const gateway = newGateway(product);
    await gateway(token, known);
    expect(await gateway(token, known)).toMatchObject({ way: 'short', answer: { status: 200 } });

    const ways: [string, Way][] = [];
    for (const [name, change] of Object.entries(lookalikes)) {
      const message = change(known);
      const { answer } = await newGateway(product)(token, message);
      const first = await gateway(token, message);
      expect(first.answer, `${name}: ${nameOf(message)}`).toEqual(answer);
      ways.push([name, first.way]);
      // Now its own shape is known, if it has one and the SDK has let it through.
      const second = await gateway(token, message);
      expect(second.answer, `${name}, the second time: ${nameOf(message)}`).toEqual(answer);
      if (answer.status !== 200) expect([name, second.way]).toEqual([name, 'long']);
    }
    const notLong = ways.filter(([, way]) => way !== 'long').map(([name]) => name);
    expect(notLong.toSorted()).toEqual([...alike.both, ...alike[era]].toSorted());
  },
);

test.each(eras)(
  'what looks like a list of $era is answered as by a gateway that knows nothing',
  async ({ request }) => {
    const known = request('tools/list', {});
    const gateway = newGateway(product);
    await gateway(token, known);
    expect(await gateway(token, known)).toMatchObject({ way: 'short', answer: { status: 200 } });
    const names = [
      'a cursor',
      'another parameter',
      'a task',
      'another Mcp-Name',
      'another Mcp-Method',
      'another member',
    ];
    for (const name of [...names, 'JSON-RPC 1.0', 'id null', 'no _meta', 'text/plain', 'an Accept without streams']) {
      const message = lookalikes[name]?.(known) ?? known;
      const { answer } = await newGateway(product)(token, message);
      for (const time of ['first', 'second'])
        expect((await gateway(token, message)).answer, `${name}, the ${time} time: ${nameOf(message)}`).toEqual(answer);
    }
  },
);
