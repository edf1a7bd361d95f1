// Where a deployment's data may be (DATA_JURISDICTION) is decided at its first start, and D1 keeps it. A later change is
// refused: sessions and clients would stay where they are, out of reach, and new ones be stored somewhere else.
// An isolate looks once, before it stores anything, and never on the way of a call. What it looks at is a mark in the
// jurisdiction itself, which is only there because D1 has agreed to this jurisdiction before. So D1 is asked at the first
// start, after a change, and when the mark has expired, and an outage of D1 stops no sign-in.
// Not guaranteed: that D1, KV and the Worker's logs are in that jurisdiction. Their own settings decide that.
import type { Bindings, Config } from '../config';
import { ConfigError, messageOf } from '../shared/errors';
import { recordAt } from '../oauth/store/record-stub';

type PlaceBindings = Pick<Bindings, 'DB' | 'OAUTH_RECORDS'>;

export interface Placement {
  /** Resolves when data may be stored. @throws ConfigError */
  confirm(bindings: PlaceBindings, config: Config): Promise<void>;
  /** Whether this isolate has found that the variable was changed: nothing is served then. @throws ConfigError */
  check(config: Config): void;
}

const MARK = 'deployment:jurisdiction';
const MARK_SECONDS = 365 * 86_400;

export function createPlacement(now: () => number): Placement {
  // Outcomes, not promises: one request must not wait for what another one has asked.
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

/** What D1 has kept; the first to ask decides. A database with sessions in it is of a gateway that knew no jurisdiction. */
async function decide(db: D1Database, own: string, now: number): Promise<string | undefined> {
  try {
    const [, kept] = await db.batch<{ value: string }>([
      db
        .prepare(
          `INSERT OR IGNORE INTO deployment (setting, value, decided_at)
           SELECT 'data_jurisdiction', CASE WHEN EXISTS (SELECT 1 FROM sessions) THEN 'none' ELSE ?1 END, ?2`,
        )
        .bind(own, now),
      db.prepare("SELECT value FROM deployment WHERE setting = 'data_jurisdiction'"),
    ]);
    return kept?.results[0]?.value;
  } catch (error) {
    const problem = `could not be asked where data may be (${messageOf(error)}); if the table is missing, apply schema.sql`;
    throw new ConfigError('DB', problem);
  }
}
