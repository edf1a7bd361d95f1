// The RPC interface of an OAuthRecord, as plain data. Each method may be called twice when the object was reset during the
// first call. The second `create` or `take` then answers false although the first one succeeded: the caller has to start
// over, and nothing is done twice.
import { objectAt, type Bindings } from '../../config';
import { onceMore } from '../../shared/retry-on-reset';

export interface RecordStub {
  /** The value; null when there is none or it has expired. */
  read(): Promise<string | null>;
  write(value: string, ttlSeconds: number): Promise<void>;
  /** Writes a record unless there is one. @returns whether this caller wrote it */
  create(value: string, ttlSeconds: number): Promise<boolean>;
  /** Removes the record. @returns whether there was one, which is true for one caller only */
  take(): Promise<boolean>;
}

export interface ClientStub {
  /** The client's record, or null. A lookup counts as use of the client on this day. */
  lookUp(): Promise<string | null>;
  register(clientId: string, value: string): Promise<void>;
  remove(clientId: string): Promise<void>;
  /** Removes the client unless it was used on or after `day`. @returns whether there is no such client now */
  removeUnused(clientId: string, day: number): Promise<boolean>;
}

type Records = Pick<Bindings, 'OAUTH_RECORDS'>;

export function recordAt(bindings: Records, key: string): RecordStub {
  const object = () => objectAt(bindings, 'OAUTH_RECORDS', key) as unknown as RecordStub;
  return {
    read: () => onceMore(() => object().read()),
    write: (value, ttlSeconds) => onceMore(() => object().write(value, ttlSeconds)),
    create: (value, ttlSeconds) => onceMore(() => object().create(value, ttlSeconds)),
    take: () => onceMore(() => object().take()),
  };
}

export function clientAt(bindings: Records, clientId: string) {
  const object = () => objectAt(bindings, 'OAUTH_RECORDS', clientKey(clientId)) as unknown as ClientStub;
  return {
    lookUp: () => onceMore(() => object().lookUp()),
    register: (value: string) => onceMore(() => object().register(clientId, value)),
    remove: () => onceMore(() => object().remove(clientId)),
    removeUnused: (day: number) => onceMore(() => object().removeUnused(clientId, day)),
  };
}

export const CLIENT_PREFIX = 'client:';

/** The key of a client's record, which is the OAuth library's key as well. */
export function clientKey(clientId: string): string {
  return CLIENT_PREFIX + clientId;
}

const DAY_MS = 86_400_000;

/** Days since the epoch: precise enough for the time of a client's last use. */
export function dayOf(milliseconds: number): number {
  return Math.floor(milliseconds / DAY_MS);
}
