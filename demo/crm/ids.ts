// Ids of rows that are created while the CRM runs: `lead_5001`, well above those of the seed.
// Taken from a counter in one statement, so that two creations never share one.

const firstNew = 5001;

export async function nextId(db: D1Database, prefix: 'lead' | 'tic' | 'com' | 'ntf'): Promise<string> {
  const row = await db
    .prepare(
      `INSERT INTO ids (prefix, last) VALUES (?, ${firstNew})
       ON CONFLICT (prefix) DO UPDATE SET last = last + 1 RETURNING last`,
    )
    .bind(prefix)
    .first<{ last: number }>();
  return `${prefix}_${row?.last}`;
}
