// One page of one tenant's rows: filters, substring search, newest change first, keyset cursor.
// Table and column names come from the code only; every value is bound.
import { invalidField } from './errors.ts';

export interface ListSource {
  readonly table: string;
  readonly columns: string;
  /** The column that identifies a row within its tenant. */
  readonly key: string;
  readonly searched: readonly string[];
}

export interface PageRequest {
  readonly query?: string | undefined;
  /** Only rows whose key begins with it, for completions. */
  readonly starts_with?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Page<Row> {
  readonly items: Row[];
  readonly total: number;
  readonly next_cursor: string | null;
}

interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

type Filters = Readonly<Record<string, string | undefined>>;

export async function listRows<Row extends { updated_at: string }>(
  db: D1Database,
  tenantId: string,
  source: ListSource,
  request: PageRequest,
  filters: Filters = {},
  extra: readonly Condition[] = [],
): Promise<Page<Row>> {
  const matching: Condition[] = [{ sql: 'tenant_id = ?', values: [tenantId] }, ...extra];
  for (const [column, value] of Object.entries(filters)) {
    if (value !== undefined) matching.push({ sql: `${column} = ?`, values: [value] });
  }
  if (request.query !== undefined) {
    // instr, not LIKE: a % or _ that somebody searches for is only a character.
    const haystack = source.searched.map((column) => `coalesce(${column}, '')`).join(` || char(10) || `);
    matching.push({ sql: `instr(lower(${haystack}), lower(?)) > 0`, values: [request.query] });
  }
  if (request.starts_with !== undefined) {
    matching.push({
      sql: `substr(${source.key}, 1, length(?)) = ?`,
      values: [request.starts_with, request.starts_with],
    });
  }
  const onPage = request.cursor === undefined ? matching : [...matching, after(source.key, request.cursor)];

  const [rows, count] = await db.batch([
    select(
      db,
      source.columns,
      source.table,
      onPage,
      ` ORDER BY updated_at DESC, ${source.key} LIMIT ${request.limit + 1}`,
    ),
    select(db, 'count(*) AS total', source.table, matching, ''),
  ]);
  const found = (rows?.results ?? []) as Row[];
  const items = found.slice(0, request.limit);
  const last = items.at(-1);
  return {
    items,
    total: (count?.results[0] as { total: number } | undefined)?.total ?? 0,
    next_cursor: last && found.length > request.limit ? cursorAt(last.updated_at, keyOf(last, source.key)) : null,
  };
}

function select(db: D1Database, what: string, table: string, where: readonly Condition[], tail: string) {
  const sql = `SELECT ${what} FROM ${table} WHERE ${where.map((condition) => condition.sql).join(' AND ')}${tail}`;
  return db.prepare(sql).bind(...where.flatMap((condition) => condition.values));
}

const keyOf = (row: object, key: string): string => String((row as Record<string, unknown>)[key]);

const cursorAt = (updatedAt: string, key: string): string => btoa(`${updatedAt} ${key}`);

function after(key: string, cursor: string): Condition {
  const [updatedAt, id, ...rest] = decode(cursor).split(' ');
  if (!updatedAt || !id || rest.length > 0) throw invalidField('cursor', 'is not a cursor of this list');
  return { sql: `(updated_at < ? OR (updated_at = ? AND ${key} > ?))`, values: [updatedAt, updatedAt, id] };
}

function decode(cursor: string): string {
  try {
    return atob(cursor);
  } catch {
    return '';
  }
}
