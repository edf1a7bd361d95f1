// Removes registered clients that nobody has used for a long time. A run reads some of the copies in KV and asks the
// objects of clients that seem unused; the object decides (oauth/store/client-record.ts). The next run continues where
// this one stopped, so the cost of a run is bounded, however many clients there are. The runs of an hour handle more
// clients than one address may register in that time (wrangler.toml has both numbers; a test compares them).
// Nothing else in KV needs a sweep: copies of grants expire by themselves, and tokens are never there. The library's
// `purgeExpiredData` would find nothing to do.
import type { Bindings } from '../../config';
import { messageOf } from '../../shared/errors';
import type { Log } from '../../shared/log';
import type { CopyMetadata } from '../store/client-record';
import { CLIENT_PREFIX, clientAt, dayOf, recordAt } from '../store/record-stub';

/** A client that comes back after a long holiday is still registered. After a quarter it has to register again. */
const UNUSED_DAYS = 90;
/** Keys of one list operation: the maximum of KV. */
const PAGE = 1000;
/**
 * A Worker may make a thousand requests to objects and KV in one run. Lists, questions and the cursor together stay
 * below.
 */
const MAX_PAGES = 20;
const MAX_ASKED = 600;
/** The most that one run does, for a test. */
export const SWEEP_RUN = { looksAt: PAGE * MAX_PAGES, asks: MAX_ASKED };
const AT_ONCE = 10;
const CURSOR = 'sweep:clients';
/** Longer than the pause between two runs. After the loss of a cursor the sweep starts from the beginning. */
const CURSOR_SECONDS = 7 * 86_400;

type SweepBindings = Pick<Bindings, 'OAUTH_KV' | 'OAUTH_RECORDS'>;

/** @param sessionSeconds how long a session may be idle and still continue: its client isn't unused for as long */
export async function sweepClients(
  bindings: SweepBindings,
  sessionSeconds: number,
  now: number,
  log: Log,
): Promise<{ removed: number }> {
  const firstUsedDay = dayOf(now) - Math.max(UNUSED_DAYS, Math.ceil(sessionSeconds / 86_400));
  const place = recordAt(bindings, CURSOR);
  const run = { looked: 0, asked: 0, removed: 0, done: false };
  let cursor = await place.read();
  for (let pages = 0; pages < MAX_PAGES && !run.done && run.asked < MAX_ASKED; pages += 1) {
    const page = await list(bindings.OAUTH_KV, cursor, log);
    const nominated = page.keys.filter(({ metadata }) => (metadata?.usedOn ?? 0) < firstUsedDay);
    const asked = nominated.slice(0, MAX_ASKED - run.asked);
    for (let start = 0; start < asked.length; start += AT_ONCE) {
      const answers = await Promise.all(
        asked
          .slice(start, start + AT_ONCE)
          .map(({ name }) => removeUnused(bindings, name.slice(CLIENT_PREFIX.length), firstUsedDay, log)),
      );
      run.removed += answers.filter(Boolean).length;
    }
    run.looked += page.keys.length;
    run.asked += asked.length;
    // The next run lists this page again. The clients asked now are then gone, or their copies show their use.
    if (asked.length < nominated.length) break;
    run.done = page.list_complete;
    cursor = page.list_complete ? null : page.cursor;
  }
  if (cursor === null) await place.take();
  else await place.write(cursor, CURSOR_SECONDS);
  log.info('client.sweep', run);
  return { removed: run.removed };
}

/** When KV rejects the cursor, the list starts from the beginning. */
async function list(kv: KVNamespace, cursor: string | null, log: Log): Promise<KVNamespaceListResult<CopyMetadata>> {
  try {
    return await kv.list<CopyMetadata>({ prefix: CLIENT_PREFIX, limit: PAGE, cursor });
  } catch (error) {
    if (cursor === null) throw error;
    log.warn('client.sweep_restarted', { problem: messageOf(error) });
    return kv.list<CopyMetadata>({ prefix: CLIENT_PREFIX, limit: PAGE });
  }
}

/** A failure doesn't stop the sweep of other clients. */
async function removeUnused(bindings: SweepBindings, clientId: string, day: number, log: Log): Promise<boolean> {
  try {
    return await clientAt(bindings, clientId).removeUnused(day);
  } catch (error) {
    log.error('client.sweep_failed', { clientId, problem: messageOf(error) });
    return false;
  }
}
