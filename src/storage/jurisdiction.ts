// Holds a deployment to the jurisdiction of its first start (DATA_JURISDICTION), which D1 keeps. A later change is refused:
// existing sessions and clients would be out of reach, and new ones would be stored somewhere else.
// Each isolate checks once, before it stores anything; a call doesn't wait for the check. The check reads a mark in an
// object of the jurisdiction. D1 agreed to the jurisdiction before the mark was written, so D1 is asked only at the first
// start, after a change, and when the mark has expired. An outage of D1 therefore stops no sign-in.
// Not guaranteed: the place of D1, KV and the Worker's logs. Settings of their own decide it.
import type { Bindings, Config } from '../config';
import { ConfigError, messageOf } from '../shared/errors';
import { recordAt } from '../oauth/store/record-stub';

type PlaceBindings = Pick<Bindings, 'DB' | 'OAUTH_RECORDS'>;

interface Placement {
  /** Resolves when this deployment may store data. @throws ConfigError */
  confirm(bindings: PlaceBindings, config: Config): Promise<void>;
  /** Throws when an earlier `confirm` of this isolate found that the variable was changed. @throws ConfigError */
  check(config: Config): void;
}

const MARK = 'deployment:jurisdiction';
const MARK_SECONDS = 365 * 86_400;

export function createPlacement(now: () => number): Placement {
  // Holds results, not promises: in workerd a request must not wait for I/O of another request.
  const found = new WeakMap<Config, ConfigError | 'confirmed'>();
  const check = (config: Config): void => {
    const outcome = found.get(config);
    if (outcome instanceof ConfigError) throw outcome;
  };
  return {
    check,
    async confirm(bindings, config) {
      if (!found.has(config)) found.set(config, await lookUp(bindings, config, now()));
      check(config);
    },
  };
}

async function lookUp(bindings: PlaceBindings, config: Config, now: number): Promise<ConfigError | 'confirmed'> {
  const own = config.jurisdiction ?? 'none';
  const mark = recordAt(bindings, MARK);
  if ((await mark.read()) === own) return 'confirmed';
  const decided = await decide(bindings.DB, own, now);
  if (decided !== own) {
    const problem = `was "${decided}" at this deployment's first start and is "${own}" now; set it back, or start anew with`;
    return new ConfigError('DATA_JURISDICTION', `${problem} a new database (docs/configuration.md)`);
  }
  await mark.write(own, MARK_SECONDS);
  return 'confirmed';
}

/** Asks D1 for the deployment's jurisdiction. The first caller of a deployment decides it. @throws ConfigError */
async function decide(db: D1Database, own: string, now: number): Promise<string | undefined> {
  try {
    const [, kept] = await db.batch<{ value: string }>([
      db
        .prepare("INSERT OR IGNORE INTO deployment (setting, value, decided_at) VALUES ('data_jurisdiction', ?1, ?2)")
        .bind(own, now),
      db.prepare("SELECT value FROM deployment WHERE setting = 'data_jurisdiction'"),
    ]);
    return kept?.results[0]?.value;
  } catch (error) {
    const problem = `could not be asked where data may be (${messageOf(error)}); if the table is missing, apply schema.sql`;
    throw new ConfigError('DB', problem);
  }
}
