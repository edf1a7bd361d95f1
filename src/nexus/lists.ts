// What all list tools have in common: paging fields, the shape of a page, and its Markdown.
import * as z from 'zod';
import { type Labels, table } from '../define/markdown';
import type { ToolOutput } from '../define/tool';

/** Bounds what an upstream can make us repeat; Nexus cursors are far shorter. */
const CURSOR_LIMIT = 1024;

/** Input fields that every list tool takes beside its filters. */
export const paging = {
  limit: z.int().min(1).max(50).default(25).describe('How many to return, 1 to 50'),
  cursor: z
    .string()
    .min(1)
    .max(CURSOR_LIMIT)
    .optional()
    .describe('next_cursor of the previous page, with the same filters as before'),
};

/** The schema of one page, both as Nexus answers it and as a list tool does. */
export function pageOf<Item extends z.ZodObject>(item: Item) {
  return z.object({
    items: z.array(item),
    total: z.int().min(0).describe('How many match in all'),
    next_cursor: z.string().max(CURSOR_LIMIT).nullable().describe('Pass as cursor for the next page; null on the last'),
  });
}

interface Page<Item> {
  items: Item[];
  total: number;
  next_cursor: string | null;
}

/** The answer of a list tool: the page, and a table of it that names the tool's own `filters` for narrowing. */
export function listed<Item>(
  page: Page<Item>,
  labels: Labels<NoInfer<Item>>,
  filters: Readonly<Record<string, z.ZodType>>,
): ToolOutput<Page<Item>> {
  const { items, total, next_cursor: nextCursor } = page;
  return { structured: page, markdown: table(items, labels, { total, nextCursor, narrowWith: Object.keys(filters) }) };
}
