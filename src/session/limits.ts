// What the session's object and the MCP endpoint both count by.

/**
 * How long a client may keep a list. Lists change with a deployment or with what the backend allows, rarely else, and
 * those who listen are told.
 */
export const LIST_TTL_MS = 300_000;
/** Streams of changes of one session: a window of a client has one, and reconnecting ones overlap for a moment. */
export const MAX_LISTENERS = 16;
/** While a deployment rolls out, old isolates answer beside new ones: theirs is not another change. */
export const ROLLOUT_MS = 600_000;
