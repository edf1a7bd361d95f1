// Two customers at full load: a thousand calls of theirs at once, through their own sessions on both wires, and each
// answer is the one that its caller gets alone. What a tenant may ask for at all is tests of tools and the session.
import { expect, test } from 'vitest';
import { catchLogs } from '../../support/logs';
import { type McpReply, wires } from '../../support/mcp-client';
import { World } from '../../support/world';

const CALLS = 1_000;
const AT_ONCE = 50;
const CREDENTIAL_LIFE_MS = 60_000;

interface Person {
  readonly email: string;
  readonly tenant: string;
  readonly ids: Record<'item' | 'note', string>;
}
const ada: Person = {
  email: 'ada@acme.example',
  tenant: 'acme',
  ids: { item: 'item_0017', note: 'note_0017' },
};
const grace: Person = {
  email: 'grace@globex.example',
  tenant: 'globex',
  ids: { item: 'item_1017', note: 'note_1017' },
};

interface Question {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
  /** Where it asks for one record: which, and whose. */
  readonly id?: string;
  readonly owner?: Person;
}
const question = (name: string, args: Record<string, unknown> = {}): Question => ({ name, arguments: args });
const record = (owner: Person, kind: keyof Person['ids']): Question => {
  const id = owner.ids[kind];
  return { name: `get_${kind}`, arguments: { [`${kind}_id`]: id }, id, owner };
};

/** The same for both, so that nothing but the caller decides what the answer is. */
const questions: Question[] = [
  question('whoami'),
  question('search_items', { limit: 10 }),
  question('search_items', { kind: 'part', limit: 10 }),
  question('search_items', { kind: 'book', query: 'shelf 3' }),
  question('search_items', { owner: ada.email, limit: 5 }),
  question('search_items', { owner: grace.email, limit: 5 }),
  question('search_notes', { query: 'a', limit: 10 }),
  question('search_notes', { query: 'note 2', limit: 5 }),
  question('search_notes', { query: ada.ids.note }),
  question('count_items'),
  ...[ada, grace].flatMap((owner) => [record(owner, 'item'), record(owner, 'note')]),
];

/** Of which tenant each row of the backend is. */
function ownersOfRows({ backend }: World): Map<string, string> {
  const rows = ['acme', 'globex'].flatMap((tenant) => {
    const { items, notes } = backend.records.idsOf(tenant);
    return [...items, ...notes].map((id) => [id, tenant] as const);
  });
  const owners = new Map(rows);
  expect(owners.size).toBe(rows.length);
  return owners;
}

const notFound = {
  isError: true,
  structuredContent: undefined,
  content: [{ text: expect.stringMatching(/no such record/) }],
};

const idsIn = (reply: McpReply): string[] =>
  // In the text as well as in the structured content: a model reads either.
  JSON.stringify(reply.body.result).match(/\b(?:item|note)_\d{4,}\b/g) ?? [];

/** What is compared: everything that a model is shown. */
const shown = ({ body }: McpReply): unknown => {
  const { isError, structuredContent, content } = body.result;
  return { isError, structuredContent, content };
};

test(`${CALLS} calls of two tenants interleaved: no row crosses`, { timeout: 180_000 }, async () => {
  catchLogs();
  const world = await World.begin();
  const tokens = new Map<Person, string>();
  for (const person of [ada, grace]) tokens.set(person, (await world.signIn(person.email)).tokens.access_token);
  const owners = ownersOfRows(world);
  let rows = 0;

  /** Asks, and checks whose the answer is. */
  async function ask(person: Person, { name, arguments: args }: Question, wire: number): Promise<McpReply> {
    const reply = await wires[wire % wires.length]!.send(tokens.get(person), 'tools/call', { name, arguments: args });
    expect(reply.status).toBe(200);
    const found = idsIn(reply);
    for (const id of found) expect(owners.get(id), `${id}, for ${person.email}`).toBe(person.tenant);
    if (name === 'whoami')
      expect(reply.body.result.structuredContent).toMatchObject({ email: person.email, tenant_id: person.tenant });
    rows += found.length;
    return reply;
  }

  const alone = new Map<Person, unknown[]>();
  for (const person of [ada, grace]) {
    const answers: unknown[] = [];
    for (const one of questions) {
      const answer = shown(await ask(person, one, 0));
      if (one.owner)
        expect(answer).toMatchObject(one.owner === person ? { structuredContent: { id: one.id } } : notFound);
      answers.push(answer);
    }
    alone.set(person, answers);
  }

  for (let first = 0; first < CALLS; first += AT_ONCE) {
    // Every few batches both credentials are due, so that renewals happen in the crowd, too.
    if (first % (5 * AT_ONCE) === 0) world.advance(CREDENTIAL_LIFE_MS + 1000);
    const batch = Array.from({ length: AT_ONCE }, async (_, at) => {
      const person = at % 2 === 0 ? ada : grace;
      const which = Math.floor((first + at) / 2) % questions.length;
      const reply = await ask(person, questions[which]!, Math.floor(at / 2));
      expect(shown(reply)).toEqual(alone.get(person)?.[which]);
    });
    await Promise.all(batch);
  }
  expect(rows).toBeGreaterThan(CALLS);
  expect(world.backend.counts()).toMatchObject({ refresh: 8, reuse_detected: 0 });
});
