import { describe, expect, it } from 'vitest';
import { NotFoundError } from '../../../src/define/errors';
import { nexus } from '../../../src/nexus/definition';
import { fakeContext, runTool } from './fake-api';
import * as samples from './samples';

const template = (name: string) => nexus.resourceTemplates!.find((candidate) => candidate.name === name)!;

describe.each([
  ['lead', { id: 'lead_0001' }, samples.lead, 'GET /v1/leads/lead_0001', 'nexus://leads/lead_0001'],
  ['customer', { id: 'cus_0001' }, samples.customer, 'GET /v1/customers/cus_0001', 'nexus://customers/cus_0001'],
  ['ticket', { id: 'tic_0001' }, samples.ticket, 'GET /v1/tickets/tic_0001', 'nexus://tickets/tic_0001'],
  ['article', { slug: 'refund-faq' }, samples.article, 'GET /v1/articles/refund-faq', 'nexus://knowledge/refund-faq'],
])('%s', (name, variables, answer, request, uri) => {
  it('is read by one request, and says what its tool says', async () => {
    const { context, requests } = fakeContext(answer);
    const bodies = await template(name).read(variables, context);
    expect(requests).toEqual([[request, undefined]]);
    const [input, id] = Object.entries(variables)[0]!;
    const tool = nexus.tools.find((candidate) => candidate.name === `get_${name}`)!;
    const same = await runTool(tool, { [input === 'id' ? `${name}_id` : input]: id }, fakeContext(answer).context);
    expect(bodies).toEqual([{ uri, mimeType: 'text/markdown', text: same.markdown }]);
    expect(template(name).mimeType).toBe('text/markdown');
  });

  it('shows what others wrote escaped, and nothing that no schema names', async () => {
    const [body] = await template(name).read(variables, fakeContext(answer).context);
    const { text } = body as { text: string };
    expect(text).toContain('&lt;img&gt;\\|\\`x\\` \\[y\\](https\\://e.example)');
    expect(text).not.toMatch(/<img|\[y\]\(|\u202E|internal_margin|tenant_id/);
  });

  it.each(['..', '', '../users', 'a/b', 'a?b', '%2e%2e', 'a b', 'ä', 'x'.repeat(200)])(
    'finds nothing at %j, and asks nobody',
    async (value) => {
      const { context, requests } = fakeContext(answer);
      const hostile = Object.fromEntries(Object.keys(variables).map((key) => [key, value]));
      await expect(template(name).read(hostile, context)).rejects.toBeInstanceOf(NotFoundError);
      expect(requests).toEqual([]);
    },
  );
});
