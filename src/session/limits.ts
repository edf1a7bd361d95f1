// What the session's object and the MCP endpoint both count by.

/**
 * How long a client may keep a list. Lists change with a deployment or with what the backend allows, rarely else, and
 * those who listen are told.
 */
export const LIST_TTL_MS = 300_000;
/** Streams of changes of one session: a window of a client has one, and reconnecting ones overlap for a moment. */
export const MAX_LISTENERS = 16;
/** How often a session's client is sent to its user for more access; each is a page that the user has to read. */
export const CHALLENGES_PER_HOUR = 3;
/** After the user said no to more access, nobody asks again for a day. */
export const DENIAL_MS = 86_400_000;
/** Within this time, the same call with another token is the same attempt of its client. */
export const SAME_CALL_MS = 60_000;
/**
 * The longest that a stream of changes is open: a working day. Its client opens another, and needs a good token for it.
 * Until then it outlives the token that opened it, since what ends the session ends the stream, too.
 */
export const MAX_STREAM_MS = 8 * 3_600_000;
/** MCP sessions of one OAuth session: a window has one, and some clients begin another with each call. */
export const MAX_MCP_SESSIONS = 32;
/** A code is good for ten minutes; a session whose code nobody redeemed is forgotten after eleven. */
export const PENDING_MS = 660_000;
/** After an alarm that failed altogether, as it does while the configuration is broken. */
export const ALARM_RETRY_MS = 300_000;
/** While a deployment rolls out, old isolates answer beside new ones: theirs is not another change. */
export const ROLLOUT_MS = 600_000;
