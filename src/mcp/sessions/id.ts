// The id of a 2025-era session: `<128 random bits>.<MAC>`. The MAC covers whose it is, so the edge turns away an invented
// id, and anybody else's token on a real one, without waking an object.
// It is a person's with one client, and not one OAuth session's: a step-up or a new sign-in begins another of those, and
// the MCP SDK's clients keep the id over both, and don't begin anew when it is answered with 404.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { toBase64Url } from '../../crypto/base64';
import type { Caller } from '../../define/context';

const ID = /^([\w-]{22})\.[\w-]{22}$/;
const MAC_BYTES = 16;

/** Whose a session is. */
export function ownerOf({ tenantId, userId, clientId }: Caller): string {
  return JSON.stringify([tenantId, userId, clientId]);
}

export function newMcpSessionId(owner: string, key: Uint8Array): string {
  return signed(toBase64Url(crypto.getRandomValues(new Uint8Array(16))), owner, key);
}

/** Whether this gateway gave out `id` to this owner. */
export function isMcpSessionOf(owner: string, id: string, key: Uint8Array): boolean {
  const random = ID.exec(id)?.[1];
  if (random === undefined) return false;
  const encoder = new TextEncoder();
  return timingSafeEqual(encoder.encode(id), encoder.encode(signed(random, owner, key)));
}

function signed(random: string, owner: string, key: Uint8Array): string {
  const mac = createHmac('sha256', key).update(`mcp-session\0${random}\0${owner}`).digest();
  return `${random}.${toBase64Url(new Uint8Array(mac).subarray(0, MAC_BYTES))}`;
}
