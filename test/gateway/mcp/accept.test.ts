// What a client accepts, by media ranges (RFC 9110 §12.5.1), alike in both eras and on streams.
import { beforeAll, describe, expect, test } from 'vitest';
import { modernMeta } from '../../support/envelope';
import { mcp, post, wires } from '../../support/mcp-client';
import { McpSessionClient } from '../../support/mcp-session';
import { gateway } from '../../support/oauth-client';
import { World } from '../../support/world';

let token: string;
let session: McpSessionClient;
beforeAll(async () => {
  const world = await World.begin();
  token = (await world.signIn()).tokens.access_token;
  session = await McpSessionClient.begin(token);
});

type Accept = string | undefined;
const both = 'APPLICATION/JSON;charset=utf-8, Text/Event-Stream';
const answers: [Accept, number][] = [
  [undefined, 200],
  ['', 200],
  ['*/*', 200],
  [both, 200],
  ['text/event-stream, application/*;q=0.1', 200],
  ['application/json', 200],
  ['text/html, */*;q=0.8', 200],
  ['text/html', 406],
  ['text/event-stream', 406],
  ['application/json;q=0, */*', 406],
  ['*/*;q=0', 406],
];

/** Node and workerd add no Accept of their own; an undefined header is left out. */
const header = (accept: Accept): Record<string, string> => (accept === undefined ? {} : { Accept: accept });

const open = async (init: RequestInit): Promise<[status: number, type: string, text: string]> => {
  const answer = await gateway('/mcp', init);
  const type = answer.headers.get('Content-Type') ?? '';
  if (!type.startsWith('text/event-stream')) return [answer.status, type, await answer.text()];
  await answer.body?.cancel();
  return [answer.status, type, ''];
};
const ofSession = (accept: Accept, more: Record<string, string> = {}): Record<string, string> => ({
  Authorization: `Bearer ${token}`,
  'Mcp-Session-Id': session.id,
  'MCP-Protocol-Version': '2025-11-25',
  ...header(accept),
  ...more,
});

describe.each(answers)('Accept: %s', (accept, status) => {
  test.each([...wires.map(({ revision }) => revision), '2025-11-25 with a session'])(`%s: ${status}`, async (wire) => {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
    const meta = modernMeta;
    const ways: Record<string, RequestInit> = {
      '2026-07-28': {
        headers: { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/list' },
        body: JSON.stringify({ ...message, params: { _meta: meta } }),
      },
      '2025-11-25': { headers: { 'MCP-Protocol-Version': '2025-11-25' }, body: JSON.stringify(message) },
      '2025-11-25 with a session': { headers: ofSession(undefined), body: JSON.stringify(message) },
    };
    const headers = new Headers(ways[wire]?.headers);
    headers.set('Authorization', `Bearer ${token}`);
    headers.set('Content-Type', 'application/json');
    if (accept !== undefined) headers.set('Accept', accept);
    // The second time its shape is known, where it may be (src/mcp/fast-path/request-shape.ts).
    for (const time of ['first', 'second']) {
      const [answered, type, text] = await open({ ...ways[wire], method: 'POST', headers });
      expect([time, answered, type]).toEqual([time, status, 'application/json']);
      expect(text).toContain(status === 200 ? '"whoami"' : 'application/json and text/event-stream');
    }
  });
});

const streams: [Accept, boolean][] = [
  [undefined, true],
  ['*/*', true],
  ['TEXT/event-stream', true],
  ['text/*', true],
  [both, true],
  ['application/json', false],
  ['text/event-stream;q=0, */*', false],
];

describe.each(streams)('a stream with Accept: %s', (accept, opens) => {
  test.each([undefined, '1.some-answer'])('GET, Last-Event-ID %s', async (lastEventId) => {
    const more = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
    const [status, type] = await open({ headers: ofSession(accept, more) });
    expect([status, type]).toEqual(opens ? [200, 'text/event-stream'] : [406, 'application/json']);
  });

  test('subscriptions/listen', async () => {
    if (accept === undefined || !accept.includes('json')) return;
    const reply = await mcp(token, 'subscriptions/listen', { notifications: {} }, header(accept));
    expect(reply.status).toBe(opens ? 200 : 406);
  });
});

test('an answer to a 406 is asked for with words, and nothing is done', async () => {
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'whoami', arguments: {} } };
  const reply = await post(token, call, { Accept: 'image/png' });
  expect(reply).toMatchObject({ status: 406, body: { error: { code: -32000 } } });
});
