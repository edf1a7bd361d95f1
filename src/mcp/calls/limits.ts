// Every bound of the MCP endpoint, with its reason; those of 2025-era sessions are in sessions/limits.ts.
export { LIST_TTL_MS } from '../../session/limits';

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
/**
 * How long a client may keep what it read: not at all. It is somebody's live record, which others change and which the
 * user may be shut out of at any moment; an old copy would hide both.
 */
export const READ_TTL_MS = 0;
/** Entries of one page of a list. Far above what a model picks from well, since some clients don't turn pages. */
export const PAGE_SIZE = 200;
/** The longest cursor that is looked at: the longest URI of an entry, in base64, and its kind. */
export const MAX_CURSOR = 4_096;
/** Distinct scope sets whose lists an isolate keeps; a gateway has few, and an attacker must not grow them. */
export const MAX_CACHED_LISTS = 64;
/** The longest tool name that clients accept; what is longer is cut in answers and in the audit trail. */
export const MAX_RECORDED_NAME = 64;
/** How much of a URI that leads nowhere is said back to its caller. */
export const MAX_SHOWN_URI = 256;
/** How long a question to the user waits for its answer: time to read it and to ask a colleague, not to forget it. */
export const STATE_TTL_SECONDS = 300;
/** What a run may carry from one round to the next; it travels with every request of the client in between. */
export const MAX_STATE = 8_192;
/** What the user reads before saying yes. It holds the whole of what a tool sends; what is longer is refused. */
export const MAX_CONFIRMATION = 16_000;
/** A prompt's arguments are typed by a person. The contract in src/define/prompt.ts names this number. */
export const MAX_PROMPT_ARGUMENT = 1_000;
/** MCP's own bound for one answer of suggestions. */
export const MAX_SUGGESTIONS = 100;
/** What was typed so far, and a value suggested for it: a name or an id, in one line of a menu. */
export const MAX_SUGGESTION = 256;
