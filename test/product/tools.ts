// The tools of the fixture product: one for each thing that a gateway does with a tool. They read, write, ask first, take
// their time, answer with an image, or need no upstream. Alphabetical, as a catalogue is.
import * as z from 'zod';
import { path } from '../../src/define/api';
import { ToolInputError } from '../../src/define/errors';
import { details, inline, table } from '../../src/define/markdown';
import { defineTool, type ToolOutput } from '../../src/define/tool';
import * as s from './schemas';

const showItem = (structured: z.output<typeof s.item>): ToolOutput<z.output<typeof s.item>> => ({
  structured,
  markdown: details(structured, s.itemLabels),
});

export const uriOf = (id: string): string => `shelf://items/${encodeURIComponent(id)}`;

export const countItems = defineTool({
  name: 'count_items',
  title: 'Count items',
  description: 'Tells how many items and notes there are.\nExample: {}',
  scopes: ['reports:read'],
  upstream: 'default',
  input: z.strictObject({}),
  output: s.report,
  hints: s.reads,
  run: async (_input, { api }) => {
    const structured = await api.get(path`/v1/reports`, s.report);
    return { structured, markdown: details(structured, { items: 'Items', notes: 'Notes' }) };
  },
});

export const createItem = defineTool({
  name: 'create_item',
  title: 'Create item',
  description: 'Adds an item. Each call adds one.\nExample: {"name":"Hammer","kind":"tool"}',
  scopes: ['items:write'],
  upstream: 'default',
  input: z.strictObject({
    name: s.line.describe('What it is called'),
    kind: s.kind.describe('What it is'),
    notes: s.prose.optional().describe('Anything worth knowing about it'),
  }),
  output: s.item,
  hints: s.adds,
  run: async (input, { api }) => showItem(await api.post(path`/v1/items`, s.item, input)),
});

export const createNote = defineTool({
  name: 'create_note',
  title: 'Create note',
  description: 'Writes a note. Each call adds one.\nExample: {"text":"The hammer is back."}',
  scopes: ['notes:write'],
  upstream: 'default',
  input: z.strictObject({ text: s.prose.describe('The text') }),
  output: s.note,
  hints: s.adds,
  run: async (input, { api }) => {
    const structured = await api.post(path`/v1/notes`, s.note, input);
    return { structured, markdown: details(structured, s.noteLabels) };
  },
});

export const getItem = defineTool({
  name: 'get_item',
  title: 'Get item',
  description: 'Reads one item.\nsearch_items finds its id.\nExample: {"item_id":"item_0001"}',
  scopes: ['items:read'],
  upstream: 'default',
  input: z.strictObject({ item_id: s.recordId.describe('Id of the item, like item_0001') }),
  output: s.item,
  hints: s.reads,
  run: async ({ item_id: id }, { api }) => showItem(await api.get(path`/v1/items/${id}`, s.item)),
});

export const getNote = defineTool({
  name: 'get_note',
  title: 'Get note',
  description: 'Reads one note.\nExample: {"note_id":"note_0001"}',
  scopes: ['notes:read'],
  upstream: 'default',
  input: z.strictObject({ note_id: s.recordId.describe('Id of the note, like note_0001') }),
  output: s.note,
  hints: s.reads,
  run: async ({ note_id: id }, { api }) => {
    const structured = await api.get(path`/v1/notes/${id}`, s.note);
    return { structured, markdown: details(structured, s.noteLabels) };
  },
});

export const getPicture = defineTool({
  name: 'get_picture',
  title: 'Get picture',
  description: 'Shows an item.\nExample: {"item_id":"item_0001"}',
  scopes: ['items:read'],
  upstream: 'default',
  input: z.strictObject({ item_id: s.recordId.describe('Id of the item, like item_0001') }),
  output: z.object({ id: z.string() }),
  hints: s.reads,
  run: async ({ item_id: id }, { api }) => {
    const { png } = await api.get(path`/v1/items/${id}/picture`, z.object({ png: z.string() }));
    return {
      structured: { id },
      markdown: 'The picture:',
      content: [{ type: 'image', data: png, mimeType: 'image/png' }],
    };
  },
});

export const searchItems = defineTool({
  name: 'search_items',
  title: 'Search items',
  description: 'Finds items by text, kind and owner.\nExample: {"kind":"tool","limit":5}',
  scopes: ['items:read'],
  upstream: 'default',
  input: z.strictObject({ ...s.itemFilters, ...s.paging }),
  output: s.items,
  hints: s.reads,
  run: async (input, { api }) => {
    const structured = await api.get(path`/v1/items`, s.items, input);
    const { total, next_cursor: nextCursor } = structured;
    const place = { total, nextCursor, narrowWith: Object.keys(s.itemFilters) };
    return { structured, markdown: table(structured.items, s.itemLabels, place) };
  },
});

export const searchNotes = defineTool({
  name: 'search_notes',
  title: 'Search notes',
  description: 'Finds notes by text.\nExample: {"query":"hammer"}',
  scopes: ['notes:read'],
  upstream: 'default',
  input: z.strictObject({ query: z.string().min(1).max(200).optional(), ...s.paging }),
  output: s.notes,
  hints: s.reads,
  run: async (input, { api }) => {
    const structured = await api.get(path`/v1/notes`, s.notes, input);
    const { total, next_cursor: nextCursor } = structured;
    return {
      structured,
      markdown: table(structured.items, s.noteLabels, { total, nextCursor, narrowWith: ['query'] }),
    };
  },
});

export const sendMessage = defineTool({
  name: 'send_message',
  title: 'Send message',
  description: 'Sends a message to colleagues.\nExample: {"to":["alan@acme.example"],"text":"Bring back the hammer."}',
  scopes: ['messages:send'],
  upstream: 'default',
  input: z.strictObject({
    to: z.array(s.email).min(1).max(10).describe('Emails of colleagues'),
    text: s.prose.describe('The text'),
  }),
  output: s.receipt,
  hints: s.sends,
  confirm: {
    message: ({ to, text }) => `Send this message to ${to.join(', ')}?\n\n${text}`,
    otherwise: 'proceed',
  },
  run: async (input, { api }) => {
    const structured = await api.post(path`/v1/messages`, s.receipt, input);
    return { structured, markdown: `The message was sent to ${inline(structured.to.join(', '), 3_000)}.` };
  },
});

export const slowCount = defineTool({
  name: 'slow_count',
  title: 'Slow count',
  description: 'Counts items page by page, and tells how far it is.\nExample: {}',
  scopes: ['reports:read', 'items:read'],
  upstream: 'default',
  input: z.strictObject({}),
  output: z.object({ counted: z.int() }),
  hints: s.reads,
  interactive: true,
  run: async (_input, { api, progress }) => {
    let counted = 0;
    for (let cursor: string | null = '0'; cursor !== null;) {
      const page: z.output<typeof s.items> = await api.get(path`/v1/items`, s.items, { cursor, limit: 50 });
      counted += page.items.length;
      cursor = page.next_cursor;
      await progress(counted, page.total);
    }
    return { structured: { counted }, markdown: `${counted} items.` };
  },
});

export const updateItem = defineTool({
  name: 'update_item',
  title: 'Update item',
  description:
    'Changes an item. What is there now is overwritten.\nExample: {"item_id":"item_0001","notes":"Lent to Alan."}',
  scopes: ['items:write'],
  upstream: 'default',
  input: z.strictObject({
    item_id: s.recordId.describe('Id of the item, like item_0001'),
    name: s.line.optional().describe('What it is called from now on'),
    notes: s.prose.optional().describe('What is worth knowing about it from now on'),
  }),
  output: s.item,
  hints: s.overwrites,
  confirm: {
    async message({ item_id: id, ...change }, { api }) {
      if (Object.keys(change).length === 0) return undefined;
      const { name } = await api.get(path`/v1/items/${id}`, s.item);
      return [`Change the item "${name}" (${id})?`, ...Object.values(change)].join('\n\n');
    },
    otherwise: 'proceed',
  },
  run: async ({ item_id: id, ...change }, { api }) => {
    if (Object.keys(change).length === 0)
      throw new ToolInputError('input', 'Give at least one field to change: name, notes.');
    const changed = await api.patch(path`/v1/items/${id}`, s.item, change);
    return { ...showItem(changed), changed: [{ kind: 'resource', uri: uriOf(id) }] };
  },
});

export const whoami = defineTool({
  name: 'whoami',
  title: 'Who am I',
  description: 'Tells as whom this connection acts.\nExample: {}',
  scopes: ['profile:read'],
  upstream: 'none',
  input: z.strictObject({}),
  output: s.identity,
  hints: s.reads,
  run: async (_input, { caller, moreAccess }) => {
    const structured = {
      user_id: caller.userId,
      email: caller.email,
      tenant_id: caller.tenantId,
      tenant_name: caller.tenantName,
      client_id: caller.clientId,
      scopes: [...caller.scopes],
      role_allows: caller.roleKnown ? [...caller.attainable] : null,
      can_be_added: [...moreAccess.offered],
      how_to_add: moreAccess.how,
    };
    return { structured, markdown: details(structured, { email: 'User', tenant_name: 'Workspace' }) };
  },
});
