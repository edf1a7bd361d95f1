// Every bound of the MCP endpoint, with its reason.

/** ChatGPT gives a call about 60 s; ours ends a little earlier, so that the answer is ours. */
export const CALL_TIMEOUT_MS = 55_000;
/** The MCP SDK's own bound, which covers every tool input by far. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** How long a client may keep a tool list. Tools change with a deployment or a new token, rarely else. */
export const LIST_TTL_MS = 300_000;
/** Distinct scope sets whose lists an isolate keeps; a gateway has few, and an attacker must not grow them. */
export const MAX_CACHED_LISTS = 64;
/** The longest tool name that clients accept; what is longer is cut in the audit trail. */
export const MAX_RECORDED_NAME = 64;
