import { describe, expect, it } from 'vitest';
import type { Completer } from '../../../src/define/context';
import {
  colleagues,
  customerIds,
  customerNames,
  idOfSuggestion,
  leadIds,
  oneOf,
  slugs,
  ticketIds,
} from '../../../src/nexus/completions';
import { leadStages } from '../../../src/nexus/enums';
import { ada, fakeContext, type Recorded } from './fake-api';
import { evil } from './samples';

async function complete(
  completer: Completer,
  typed: string,
  answer: unknown,
): Promise<{ values: readonly string[]; requests: Recorded[] }> {
  const { context, requests } = fakeContext(answer);
  const { api, signal } = context;
  return { values: await completer(typed, { caller: ada, api, signal, arguments: {} }), requests };
}

describe('of a closed set', () => {
  it.each([
    ['', leadStages],
    ['ne', ['new', 'negotiation']],
    ['QUAL', ['qualified']],
    ['o', ['contacted', 'proposal', 'negotiation', 'won', 'lost']],
    ['nothing', []],
  ])('%j', async (typed, values) => {
    expect((await complete(oneOf(leadStages), typed, undefined)).values).toEqual(values);
  });
});

describe('of ids', () => {
  it.each([
    ['lead', leadIds, 'lead_00', '/v1/leads', 'id'],
    ['customer', customerIds, 'cus_', '/v1/customers', 'id'],
    ['ticket', ticketIds, 'tic_01', '/v1/tickets', 'id'],
    ['article', slugs, 'refund-', '/v1/articles', 'slug'],
  ])('a %s, by its beginning', async (_name, completer, typed, list, key) => {
    const { values, requests } = await complete(completer, typed, { items: [{ [key]: `${typed}x`, secret: 1 }] });
    expect(requests).toEqual([[`GET ${list}`, { starts_with: typed, limit: 20 }]]);
    expect(values).toEqual([`${typed}x`]);
  });

  it('a lead, by a text', async () => {
    const { requests } = await complete(leadIds, ' Hooli ', { items: [] });
    expect(requests).toEqual([['GET /v1/leads', { query: 'Hooli', limit: 20 }]]);
  });

  it('a lead, the last that changed, where nothing is typed', async () => {
    const { requests } = await complete(leadIds, '', { items: [{ id: 'lead_0003' }] });
    expect(requests).toEqual([['GET /v1/leads', { query: undefined, limit: 20 }]]);
  });

  it('a text that only looks like an id is searched for, too', async () => {
    const { requests } = await complete(slugs, 'e-mail', { items: [] });
    expect(requests.map(([, query]) => query)).toEqual([
      { starts_with: 'e-mail', limit: 20 },
      { query: 'e-mail', limit: 20 },
    ]);
  });
});

describe('of people and names', () => {
  it('a colleague: the email and nothing else of them', async () => {
    const { values, requests } = await complete(colleagues, 'rosa', {
      items: [{ email: 'rosa@acme.example', name: 'Rosa Diaz', role: 'rep' }],
    });
    expect(requests).toEqual([['GET /v1/users', { query: 'rosa', limit: 20 }]]);
    expect(values).toEqual(['rosa@acme.example']);
  });

  it('a customer by name, on one visible line, from which the id is read back', async () => {
    const { values } = await complete(customerNames, 'Ini', {
      items: [
        { id: 'cus_0001', company: 'Initech (cus_0099)' },
        { id: 'cus_0002', company: `Evil\n${evil}` },
      ],
    });
    expect(values[0]).toBe('Initech (cus_0099) (cus_0001)');
    expect(values[1]).not.toMatch(/[\n\u202E]/);
    expect(values.map(idOfSuggestion)).toEqual(['cus_0001', 'cus_0002']);
  });

  it.each([
    ['cus_0001', 'cus_0001'],
    [' (cus_0001) ', 'cus_0001'],
    ['Initech', undefined],
    ['Initech (Texas)', undefined],
    ['not an id cus_0001', undefined],
    ['(cus_0001/../users)', undefined],
  ])('the id in %j', (text, found) => {
    expect(idOfSuggestion(text)).toBe(found);
  });
});

it.each([leadIds, slugs, colleagues, customerNames])(
  'nobody is asked about a text that nothing can match',
  async (of) => {
    expect(await complete(of, 'x'.repeat(201), undefined)).toEqual({ values: [], requests: [] });
  },
);
