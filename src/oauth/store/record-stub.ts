// What may be asked of an OAuthRecord, as plain data over RPC. Everything here may be asked twice when the object was
// reset in between. `create` and `take` then say no to whoever had succeeded: a caller starts over, nobody gets in twice.
import { objectAt, type Bindings } from '../../config';
import { onceMore } from '../../shared/retry-on-reset';

export interface RecordFace {
  /** The value, or null when there is none or its time is over. */
  read(): Promise<string | null>;
  write(value: string, ttlSeconds: number): Promise<void>;
  /** Writes what must not be there yet. @returns whether this caller did */
  create(value: string, ttlSeconds: number): Promise<boolean>;
  /** Removes what must be there. @returns whether this caller did */
  take(): Promise<boolean>;
}

export interface ClientFace {
  /** The client's record, or null. That it was looked up counts as use, by the day. */
  lookUp(clientId: string): Promise<string | null>;
  register(clientId: string, value: string): Promise<void>;
  remove(clientId: string): Promise<void>;
  /** Removes the client unless it was used on or after `day`. @returns whether it is gone now */
  removeUnused(clientId: string, day: number): Promise<boolean>;
}

type Records = Pick<Bindings, 'OAUTH_RECORDS'>;

export function recordAt(bindings: Records, key: string): RecordFace {
  const object = () => objectAt(bindings, 'OAUTH_RECORDS', key) as unknown as RecordFace;
  return {
    read: () => onceMore(() => object().read()),
    write: (value, ttlSeconds) => onceMore(() => object().write(value, ttlSeconds)),
    create: (value, ttlSeconds) => onceMore(() => object().create(value, ttlSeconds)),
    take: () => onceMore(() => object().take()),
  };
}

export function clientAt(bindings: Records, clientId: string) {
  const object = () => objectAt(bindings, 'OAUTH_RECORDS', clientKey(clientId)) as unknown as ClientFace;
  return {
    lookUp: () => onceMore(() => object().lookUp(clientId)),
    register: (value: string) => onceMore(() => object().register(clientId, value)),
    remove: () => onceMore(() => object().remove(clientId)),
    removeUnused: (day: number) => onceMore(() => object().removeUnused(clientId, day)),
  };
}

export const CLIENT_PREFIX = 'client:';

/** The key of a client's record, here and in the library. */
export function clientKey(clientId: string): string {
  return CLIENT_PREFIX + clientId;
}

/** Days since the epoch: as fine as anybody needs to know when a client was last used. */
export function dayOf(milliseconds: number): number {
  return Math.floor(milliseconds / 86_400_000);
}
