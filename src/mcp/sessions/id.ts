// The id of a 2025-era session: `<128 random bits>.<MAC>`. The MAC covers whose it is, so the edge turns away an invented
// id, and anybody else's token on a real one, without waking an object.
// It is a person's with one client, and not one OAuth session's: a step-up or a new sign-in begins another of those, and
// the MCP SDK's clients keep the id over both, and don't begin anew when it is answered with 404.
import { isSameText, shortMac } from '../../crypto/mac';
import { newSessionId } from '../../crypto/subject';
import type { Caller } from '../../define/context';

const ID = /^([\w-]{22})\.[\w-]{22}$/;
const MAC_BYTES = 16;
/** Characters of an id, and of what is looked at of one that isn't ours. */
export const MAX_ID = 45;

/** Whose a session is. */
export function ownerOf({ tenantId, userId, clientId }: Caller): string {
  return JSON.stringify([tenantId, userId, clientId]);
}

export function newMcpSessionId(owner: string, key: Uint8Array): string {
  return signed(newSessionId(), owner, key);
}

/** Whether this gateway gave out `id` to this owner. */
export function isMcpSessionOf(owner: string, id: string, key: Uint8Array): boolean {
  const random = ID.exec(id)?.[1];
  return random !== undefined && isSameText(id, signed(random, owner, key));
}

function signed(random: string, owner: string, key: Uint8Array): string {
  return `${random}.${shortMac(`mcp-session\0${random}\0${owner}`, key, MAC_BYTES)}`;
}
