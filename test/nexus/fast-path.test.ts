// Every tool of the reference product is answered alike by the SDK and, unless it asks its user, by the fast path.
import { beforeAll, describe, expect, test } from 'vitest';
import { nexus } from '../../src/nexus/definition';
import { bothWays, eras, goodArguments } from '../gateway/fast-path/ways';
import { catchLogs } from '../support/logs';
import { beginNexus, type NexusWorld } from './support/crm';

let world: NexusWorld;
let token: string;
beforeAll(async () => {
  catchLogs();
  world = await beginNexus();
  token = (await world.signIn()).tokens.access_token;
});

describe.each(eras)('on the wire of $era', ({ request }) => {
  test('every tool', { timeout: 60_000 }, async () => {
    for (const { name, description, confirm } of nexus.tools) {
      const args = name === 'get_article' ? { slug: 'returns-faq' } : goodArguments(description);
      const { way, answer } = await bothWays(nexus, token, request('tools/call', { name, arguments: args }), world);
      expect({ name, way, ...answer }).toMatchObject({
        name,
        way: confirm ? 'long' : 'short',
        outcomes: [{ outcome: 'success' }],
      });
    }
  });
});
