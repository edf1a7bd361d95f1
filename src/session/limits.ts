// Limits that the session's object and the MCP endpoint share.

/**
 * How long a client may keep a list. Lists change with a deployment or with what the backend allows, rarely else, and
 * those who listen are told.
 */
export const LIST_TTL_MS = 300_000;
/** Streams of changes of one session: a window of a client has one, and reconnecting ones overlap for a moment. */
export const MAX_LISTENERS = 16;
/** How often the client may ask its user for more access; each time the user has to read a page. */
export const CHALLENGES_PER_HOUR = 3;
/** After the user refused more access, nobody asks again for a day. */
export const DENIAL_MS = 86_400_000;
/** Within this time, the same call with another token counts as the same attempt of the client. */
export const SAME_CALL_MS = 60_000;
/**
 * The longest that a stream of changes is open: a working day. Its client opens another, and needs a good token for it.
 * Until then it outlives the token that opened it, since what ends the session ends the stream, too.
 */
export const MAX_STREAM_MS = 8 * 3_600_000;
/** MCP sessions of one OAuth session: a window has one, and some clients begin another with each call. */
export const MAX_MCP_SESSIONS = 32;
/** A code is good for ten minutes. A session whose code nobody redeemed is removed after eleven. */
export const PENDING_MS = 660_000;
/** When the alarm rings again after it failed, as it does while the configuration is broken. */
export const ALARM_RETRY_MS = 300_000;
/** During a deployment, old isolates answer beside new ones. Their lists don't count as another change. */
export const ROLLOUT_MS = 600_000;
