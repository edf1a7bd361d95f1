// How the certified provider is set up: one confidential client, PKCE always, keys made at start, claims in the ID token.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KoaContext } from 'oidc-provider';
import { demoPeople } from '../people.ts';
import { memoryAdapter } from './memory.ts';
import { errorPage } from './page.ts';

export const clientId = 'nexus-gateway';
const scopes = ['openid', 'email', 'profile'];

export function configuration(clientSecret: string, redirectUris: readonly string[]): object {
  return {
    adapter: memoryAdapter(),
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: redirectUris }],
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    pkce: { required: () => true },
    scopes,
    claims: { openid: ['sub', 'hd'], email: ['email', 'email_verified'], profile: ['name'] },
    // Like the providers that companies use: claims of the scopes are in the ID token, not at userinfo only.
    conformIdTokenClaims: false,
    findAccount,
    loadExistingGrant: grantEverything,
    interactions: {
      url: (_ctx: KoaContext, { uid }: { uid: string }) => `/interaction/${uid}`,
    },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    renderError(ctx: KoaContext, out: { error: string; error_description?: string }) {
      ctx.type = 'html';
      ctx.body = errorPage(out.error_description ?? out.error);
    },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 3600, IdToken: 600, Interaction: 600, Session: 3600 },
  };
}

function signingKey(): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('hex') };
}

async function findAccount(_ctx: KoaContext, subject: string) {
  const person = demoPeople.find((one) => one.subject === subject);
  if (!person) return undefined;
  const { email, name } = person;
  return {
    accountId: subject,
    claims: async () => ({ sub: subject, email, email_verified: true, name, hd: email.split('@')[1] }),
  };
}

/** The gateway asks for consent on its own page; a second one here would only be in the way. */
async function grantEverything(ctx: KoaContext) {
  const { client, session, provider } = ctx.oidc;
  if (!session.accountId) return undefined;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(scopes.join(' '));
  await grant.save();
  return grant;
}
