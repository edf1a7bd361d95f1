// The same Worker on Miniflare, whose D1 counts rows as the platform does. Nothing is timed here.
import { readFileSync } from 'node:fs';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { inRepository } from '../../demo/paths.ts';
import type { RunningWorker, WorkerOptions } from '../harness/workerd.ts';

export async function startMiniflare(options: WorkerOptions): Promise<RunningWorker> {
  const { bundle, compatibility, port, vars = {}, kv = {}, d1 = {}, objects = {} } = options;
  const classes = Object.entries(objects).map(([name, className]) => [name, { className, useSQLite: true }]);
  const settings = convertV4MiniflareOptions({
    host: '127.0.0.1',
    port,
    modules: [{ type: 'ESModule', path: 'worker.js', contents: readFileSync(bundle, 'utf8') }],
    compatibilityDate: compatibility.date,
    compatibilityFlags: [...compatibility.flags],
    bindings: vars,
    kvNamespaces: Object.keys(kv),
    d1Databases: Object.keys(d1),
    durableObjects: Object.fromEntries(classes),
  });
  const miniflare = new Miniflare(settings);
  await miniflare.ready;
  for (const name of Object.keys(d1)) await applySchema(await miniflare.getD1Database(name));
  return { port, startedAt: performance.now(), cpu: () => Number.NaN, stop: () => miniflare.dispose() };
}

async function applySchema(database: { prepare(sql: string): { run(): Promise<unknown> } }): Promise<void> {
  const sql = readFileSync(inRepository('schema.sql'), 'utf8').replaceAll(/--.*$/gm, '');
  for (const statement of sql.split(';')) if (statement.trim() !== '') await database.prepare(statement).run();
}
