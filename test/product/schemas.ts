// What the fixture product's tools take and answer, and the hints that they give.
import * as z from 'zod';
import { shownLine, shownText, upstreamText } from '../../src/define/text';
import type { ToolHints } from '../../src/define/tool';
import { kinds } from './records';

export const reads: ToolHints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};
export const adds: ToolHints = { ...reads, readOnlyHint: false, idempotentHint: false };
export const overwrites: ToolHints = { ...adds, destructiveHint: true, idempotentHint: true };
export const sends: ToolHints = { ...adds, openWorldHint: true };

export const item = z.object({
  id: upstreamText(64),
  name: upstreamText(200),
  kind: upstreamText(20),
  owner: upstreamText(254),
  notes: upstreamText(4_000),
});
export const itemLabels = { id: 'Id', name: 'Name', kind: 'Kind', owner: 'Owner', notes: 'Notes' };

export const note = z.object({ id: upstreamText(64), author: upstreamText(254), text: upstreamText(4_000) });
export const noteLabels = { id: 'Id', author: 'Author', text: 'Text' };

export const items = pageOf(item);
export const notes = pageOf(note);
export const report = z.object({ items: z.int(), notes: z.int() });
export const receipt = z.object({ id: upstreamText(64), to: z.array(upstreamText(254)) });
export const identity = z.object({
  user_id: z.string(),
  email: z.string(),
  tenant_id: z.string(),
  tenant_name: z.string(),
  client_id: z.string(),
  scopes: z.array(z.string()),
  role_allows: z.array(z.string()).nullable(),
  can_be_added: z.array(z.string()),
  how_to_add: z.string().nullable(),
});

function pageOf<Row extends z.ZodObject>(row: Row) {
  return z.object({ items: z.array(row), total: z.int().min(0), next_cursor: z.string().max(64).nullable() });
}

export const recordId = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'Must be an id as returned by a search');
export const kind = z.enum(kinds);
export const line = shownLine(200);
export const prose = shownText(4_000);
export const email = z.email().max(254);

export const paging = {
  limit: z.int().min(1).max(50).default(25).describe('How many to return, 1 to 50'),
  cursor: z.string().min(1).max(64).optional().describe('next_cursor of the page before'),
};
export const itemFilters = {
  query: z.string().trim().min(1).max(200).optional(),
  kind: kind.optional(),
  owner: email.optional(),
};
