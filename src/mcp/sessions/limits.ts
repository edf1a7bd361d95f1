// Every bound of 2025-era sessions and their streams, with its reason.

/** Ends a session that nobody uses. A client whose session is gone begins another by itself, so this need not be long. */
export const IDLE_MS = 3_600_000;
/** What runs in a session that has made room for others may finish: a call has as long (CALL_TIMEOUT_MS), and a bit. */
export const UNUSED_MS = 60_000;
/** How often the time of the last use is written down: a write per request would cost more than the precision is worth. */
export const USE_WRITTEN_MS = 300_000;
/** How long an event waits for a client that lost its connection: a closed lid, a tunnel. It is the customer's data. */
export const EVENT_MS = 900_000;
/** Events that wait, and what they hold together, in characters: a few long answers. */
export const MAX_EVENTS = 256;
export const MAX_EVENTS_LENGTH = 4 * 1024 * 1024;
/** The longest message that waits; a row of the object's SQLite holds 2 MB. */
export const MAX_EVENT_LENGTH = 512 * 1024;
/**
 * An answer that is there by now is plain JSON, or a challenge where the upstream refused the user; later it becomes a
 * stream. Twice the usual time of an upstream, and less than what clients and proxies wait for the first byte.
 */
export const HOLD_MS = 10_000;
/** Proxies close a connection that is silent for half a minute or a minute. */
export const KEEP_ALIVE_MS = 15_000;
/** Requests of one session that run in its object at the same time: far more than a model asks for at once. */
export const MAX_RUNNING = 64;
/** Standalone streams of one session: one is in use, others are connections that nobody has noticed to be dead. */
export const MAX_STREAMS = 4;
/** What `initialize` may say, in characters: it is kept as long as the session. */
export const MAX_INITIALIZE = 32_768;
/** Resources that one session hears about: what a person has open. */
export const MAX_SUBSCRIPTIONS = 128;
