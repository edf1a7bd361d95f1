// The far end of a D1 binding, as workerd asks it over HTTP: the gateway's schema in an SQLite of its own, in memory.
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { inRepository } from '../../demo/paths.ts';
import { readBody } from './request-body.ts';

interface Query {
  readonly sql: string;
  readonly params?: readonly SQLInputValue[] | null;
}

const database = new DatabaseSync(':memory:');
database.exec(readFileSync(inRepository('schema.sql'), 'utf8'));

export async function answerD1(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = JSON.parse(await readBody(request)) as Query | Query[];
  const columnar = request.url?.includes('ROWS_AND_COLUMNS') === true;
  const answers = (Array.isArray(asked) ? asked : [asked]).map((query) => run(query, columnar));
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answers));
}

function run({ sql, params }: Query, columnar: boolean): object {
  const statement = database.prepare(sql);
  const rows = statement.all(...(params ?? []));
  const columns = statement.columns().map(({ name }) => name);
  const results = columnar ? { columns, rows: rows.map((row) => columns.map((name) => row[name])) } : rows;
  const meta = { served_by: 'bench', duration: 0, changes: 0, last_row_id: 0, changed_db: true, size_after: 0 };
  return { success: true, results, meta: { ...meta, rows_read: rows.length, rows_written: 0 } };
}
