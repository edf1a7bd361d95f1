// The API of the fixture product: items, notes, reports and messages, of one tenant each. All of it is in memory.
import { everybody, tenantNames, type User } from './people';
import { Refusal } from './refusal';

export interface Item {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** The email of the owner. */
  readonly owner: string;
  readonly notes: string;
}

export interface Note {
  readonly id: string;
  readonly author: string;
  readonly text: string;
}

export interface Caller {
  readonly user: User;
  readonly scopes: readonly string[];
  /** Everybody, of whatever tenant. */
  readonly colleagues: readonly User[];
}

/** More than fit on the largest page. */
export const ITEMS_PER_TENANT = 240;
const NOTES_PER_TENANT = 60;
export const kinds = ['tool', 'part', 'book'] as const;
/** A picture of one pixel. */
export const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

interface Shelf {
  readonly items: Map<string, Item>;
  readonly notes: Map<string, Note>;
}

export class Records {
  /** Messages that were sent, newest last. */
  readonly sent: { readonly from: string; readonly to: readonly string[]; readonly text: string }[] = [];
  readonly #shelves: Readonly<Record<string, Shelf>> = { acme: shelfOf('acme', 0), globex: shelfOf('globex', 1_000) };

  /** The ids of a tenant's rows. */
  idsOf(tenant: string): { readonly items: readonly string[]; readonly notes: readonly string[] } {
    const { items, notes } = this.#shelf(tenant);
    return { items: [...items.keys()], notes: [...notes.keys()] };
  }

  /** Answers a request of the API for a caller whose token is good. @throws Refusal */
  async answer(request: Request, { user, scopes, colleagues }: Caller): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const [collection = '', id, part] = pathname.split('/').slice(2).map(decodeURIComponent);
    const { items, notes } = this.#shelf(user.tenant);
    const need = (scope: string): void => {
      if (!scopes.includes(scope)) throw new Refusal(403, 'forbidden');
    };
    switch ([request.method, collection, id && '{id}', part].filter(Boolean).join(' ')) {
      case 'GET me':
        return Response.json({ name: user.name, email: user.email, tenant_name: tenantNames[user.tenant] });
      case 'GET items':
        need('items:read');
        return Response.json(pageOf([...items.values()], searchParams));
      case 'GET items {id}':
        need('items:read');
        return Response.json(found(items, id));
      case 'GET items {id} picture':
        need('items:read');
        return Response.json({ id: found(items, id).id, png: PICTURE });
      case 'POST items': {
        need('items:write');
        const given = await request.json<Pick<Item, 'name' | 'kind'> & Partial<Item>>();
        return created(items, { ...given, notes: given.notes ?? '', id: newId('item', items), owner: user.email });
      }
      case 'PATCH items {id}': {
        need('items:write');
        const item: Item = { ...found(items, id), ...(await request.json<Partial<Item>>()) };
        items.set(item.id, item);
        return Response.json(item);
      }
      case 'GET notes':
        need('notes:read');
        return Response.json(pageOf([...notes.values()], searchParams));
      case 'GET notes {id}':
        need('notes:read');
        return Response.json(found(notes, id));
      case 'POST notes': {
        need('notes:write');
        const { text } = await request.json<Pick<Note, 'text'>>();
        return created(notes, { id: newId('note', notes), author: user.email, text });
      }
      case 'POST messages': {
        need('messages:send');
        const { to, text } = await request.json<{ to: string[]; text: string }>();
        const near = colleagues.filter(({ tenant }) => tenant === user.tenant);
        if (!to.every((address) => near.some(({ email }) => email === address)))
          throw new Refusal(422, 'validation_failed', ['to']);
        this.sent.push({ from: user.email, to, text });
        return Response.json({ id: `message_${crypto.randomUUID()}`, to }, { status: 201 });
      }
      case 'GET reports':
        need('reports:read');
        return Response.json({ items: items.size, notes: notes.size });
      default:
        throw new Refusal(404, 'not_found');
    }
  }

  #shelf(tenant: string): Shelf {
    return this.#shelves[tenant] ?? { items: new Map(), notes: new Map() };
  }
}

function found<Row>(rows: ReadonlyMap<string, Row>, id: string | undefined): Row {
  const row = rows.get(id ?? '');
  if (row === undefined) throw new Refusal(404, 'not_found');
  return row;
}

function created<Row extends { readonly id: string }>(rows: Map<string, Row>, row: Row): Response {
  rows.set(row.id, row);
  return Response.json(row, { status: 201 });
}

function newId(prefix: string, rows: ReadonlyMap<string, unknown>): string {
  return `${prefix}_${9_000 + rows.size}`;
}

function shelfOf(tenant: string, firstId: number): Shelf {
  const owner = everybody().find((user) => user.tenant === tenant)?.email ?? '';
  const idOf = (prefix: string, index: number): string => `${prefix}_${String(firstId + index + 1).padStart(4, '0')}`;
  const items = Array.from({ length: ITEMS_PER_TENANT }, (_, index): Item => {
    const kind = kinds[index % kinds.length] ?? 'tool';
    const name = `${tenantNames[tenant]} ${kind} ${index + 1}`;
    return { id: idOf('item', index), name, kind, owner, notes: `Kept on shelf ${index % 7}.` };
  });
  const notes = Array.from({ length: NOTES_PER_TENANT }, (_, index): Note => {
    return { id: idOf('note', index), author: owner, text: `Note ${index + 1} of ${tenantNames[tenant]}` };
  });
  return {
    items: new Map(items.map((item) => [item.id, item])),
    notes: new Map(notes.map((note) => [note.id, note])),
  };
}

/** A page of a list: `query` is looked for in all values, `cursor` is the position to go on at. */
function pageOf(rows: readonly (Item | Note)[], parameters: URLSearchParams): object {
  const query = parameters.get('query')?.toLowerCase() ?? '';
  const begin = parameters.get('starts_with') ?? '';
  const filters = ['kind', 'owner'].flatMap((field) => {
    const wanted = parameters.get(field);
    return wanted === null ? [] : [[field, wanted] as const];
  });
  const matching = rows.filter((row) => {
    const values: Record<string, string> = { ...row };
    return (
      row.id.startsWith(begin) &&
      filters.every(([field, wanted]) => values[field] === wanted) &&
      Object.values(values).some((value) => value.toLowerCase().includes(query))
    );
  });
  const from = Number(parameters.get('cursor') ?? 0);
  const to = from + Number(parameters.get('limit') ?? 25);
  const next_cursor = to < matching.length ? String(to) : null;
  return { items: matching.slice(from, to), total: matching.length, next_cursor };
}
