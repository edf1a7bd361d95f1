// Every bound of the MCP endpoint, with its reason.

/** ChatGPT gives a call about 60 s; ours ends a little earlier, so that the answer is ours. */
export const CALL_TIMEOUT_MS = 55_000;
/** The MCP SDK's own bound, which covers every tool input by far. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** JSON nested deeper than any tool's input; what walks it (the arguments' digest) recurses, and must not run out of stack. */
export const MAX_BODY_DEPTH = 64;
/** Objects, lists and members in one body. A parsed one costs fifty times its bytes, and it is parsed before the token is known. */
export const MAX_BODY_PARTS = 50_000;
/** What a model is told about its arguments: the names in it are the caller's, and may be megabytes. */
export const MAX_PROBLEMS_TEXT = 2_000;
/** How long a client may keep a tool list. Tools change with a deployment or a new token, rarely else. */
export const LIST_TTL_MS = 300_000;
/** Distinct scope sets whose lists an isolate keeps; a gateway has few, and an attacker must not grow them. */
export const MAX_CACHED_LISTS = 64;
/** The longest tool name that clients accept; what is longer is cut in answers and in the audit trail. */
export const MAX_RECORDED_NAME = 64;
