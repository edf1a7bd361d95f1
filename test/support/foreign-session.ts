// A session that has no OAuth grant here: of another issuer's tokens. No endpoint opens one yet, so this does.
import { env } from 'cloudflare:workers';
import { RecordStore } from '../../src/session/record';
import type { Lifetime } from '../../src/session/lifetime';
import { SessionProbe } from './session';
import { resource } from './oauth-client';

export const FOREIGN_ISSUER = 'https://login.partner.example';
/** Who the session acts for, as the demo CRM knows them. */
const ada = { userId: 'usr_0001', tenantId: 'acme', tenantName: 'Acme Industries' };

export async function openForeignSession(
  sessionId: string,
  lifetime: Lifetime,
  scopes: readonly string[] = ['profile:read', 'items:read'],
): Promise<SessionProbe> {
  const probe = new SessionProbe(env.SESSIONS.idFromName(sessionId));
  await probe.look((state) => {
    const records = new RecordStore(state.storage.kv);
    const identity = { issuer: FOREIGN_ISSUER, subject: 'ada', email: 'ada@acme.example' };
    const of = { sessionId, identity, clientId: 'partner-app', resource, tenantId: null };
    records.open({ ...of, consentedScopes: scopes, lifetime }, Date.now());
    records.update({ status: 'active', user: ada, scopes, attainable: scopes });
  });
  // The object caches its record from its first look on, which is after this.
  await probe.evict();
  return probe;
}
