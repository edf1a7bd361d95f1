// Creates and fills the database on the first request that finds it empty, so that nobody runs a seed command.
// Everything is one D1 batch, so one transaction: the tables exist if and only if they are filled, and two isolates
// that install at once both leave the same rows (IF NOT EXISTS, OR IGNORE).
import { schema } from './schema.ts';
import { seedTenants } from './seed/index.ts';

/** Runs `work`, and if it fails because the database is still empty, installs and runs it once more. */
export async function withInstalled<Result>(db: D1Database, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (await isInstalled(db)) throw error;
    await install(db);
    return work();
  }
}

async function isInstalled(db: D1Database): Promise<boolean> {
  return (await db.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'settings'`).first()) !== null;
}

async function install(db: D1Database): Promise<void> {
  const inserts = seedTenants().flatMap((tenant) =>
    Object.entries(tenant).map(([table, rows]) => insertAll(db, table, rows)),
  );
  const defaults = db.prepare('INSERT OR IGNORE INTO settings (id, delay_ms, token_ttl) VALUES (1, 0, 60)');
  await db.batch([...schema.map((sql) => db.prepare(sql)), ...inserts, defaults]);
}

/** All rows as one JSON parameter: D1 binds at most 100 values in a statement. */
function insertAll(db: D1Database, table: string, rows: readonly object[]): D1PreparedStatement {
  const columns = Object.keys(rows[0] ?? {});
  const values = columns.map((column) => `json_extract(value, '$.${column}')`);
  const sql = `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM json_each(?)`;
  return db.prepare(sql).bind(JSON.stringify(rows));
}
