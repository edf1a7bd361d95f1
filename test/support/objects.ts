// The Durable Objects that there are. The runtime lists an object for ever, also when a reset has emptied it, and its ids
// are those of every file before this one.
import { env } from 'cloudflare:workers';
import { listDurableObjectIds } from 'cloudflare:test';

const gone = new Set<string>();

/** Objects of a namespace that nobody has forgotten. */
export async function objectsIn(namespace: DurableObjectNamespace): Promise<DurableObjectId[]> {
  return (await listDurableObjectIds(namespace)).filter((id) => !gone.has(id.toString()));
}

export function forgetObject(id: DurableObjectId): void {
  gone.add(id.toString());
}

/** What there is now is no matter of what comes. */
export async function forgetObjects(): Promise<void> {
  for (const namespace of [env.SESSIONS, env.OAUTH_RECORDS, env.MCP_SESSIONS])
    for (const id of await objectsIn(namespace)) forgetObject(id);
}
