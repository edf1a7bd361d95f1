// Remembered consent of one person for one client, redirect URI and resource, in the OAuth library's signed cookie.
// The library expects to know the person (its `subject`) before the consent. Here the person is known only after the
// sign-in. So the consent is written at the end of the sign-in, and a remembered one is looked up there again.
import { type AuthRequest, type OAuthHelpers } from '@cloudflare/workers-oauth-provider';
import type { Config } from '../../config';
import { refuseExchange } from '../grant/server';
import type { Identity } from '../../session/stub';
import type { OAuthStore } from '../store/kv-store';
import type { SignInScope } from './step';

/** An unused session ends with its refresh token. For this long afterwards, signing in again takes one click. */
const REMEMBERED_BEYOND_SECONDS = 30 * 86_400;

export function rememberedForSeconds({ refreshTokenTtlSeconds }: Pick<Config, 'refreshTokenTtlSeconds'>): number {
  return refreshTokenTtlSeconds + REMEMBERED_BEYOND_SECONDS;
}

/**
 * Whether a remembered consent may replace the page: only where the redirect URI proves who gets the code. Any program may
 * listen on a loopback port or claim a private-use scheme (RFC 8252 §8.6).
 */
export function mayBeSilent(redirectUri: string): boolean {
  const { protocol } = new URL(redirectUri);
  return protocol === 'https:' && !isLoopback(redirectUri);
}

/** Whether this person has allowed all of the request's scopes before, in this browser. */
export function isRemembered(
  request: Request,
  asked: AuthRequest,
  person: Identity,
  oauth: OAuthHelpers,
  { consentKey }: Pick<Config, 'consentKey'>,
): Promise<boolean> {
  return oauth.isConsentRemembered(request, portless(asked), { secret: consentKey, subject: subjectOf(person) });
}

/** Which of the request's scopes this person has allowed before, in this browser. */
export async function rememberedScopes(
  request: Request,
  asked: AuthRequest,
  person: Identity,
  oauth: OAuthHelpers,
  config: Pick<Config, 'consentKey'>,
): Promise<string[]> {
  const known = await Promise.all(
    asked.scope.map((scope) => isRemembered(request, { ...asked, scope: [scope] }, person, oauth, config)),
  );
  return asked.scope.filter((_, at) => known[at]);
}

/** The `Set-Cookie` that remembers what this person has just allowed. It replaces what they allowed the client before. */
export async function rememberConsent(
  request: Request,
  allowed: AuthRequest,
  person: Identity,
  { server, config }: Pick<SignInScope, 'server' | 'config'>,
): Promise<string[]> {
  // The library remembers a consent only when it handles the Allow itself. So it gets one, of a transaction in memory.
  const oauth = server.getOAuthApi({ OAUTH_KV: inMemory(), exchange: refuseExchange });
  const { handle, headers: binding } = await oauth.beginConsent(portless(allowed));
  const cookies = [request.headers.get('Cookie'), ...binding.getSetCookie().map((cookie) => cookie.split(';')[0])];
  const answered = new Request(request.url, { headers: { Cookie: cookies.filter((one) => one !== null).join('; ') } });
  const { headers } = await oauth.approveConsent(answered, handle, {
    remember: {
      secret: config.consentKey,
      maxAgeSeconds: rememberedForSeconds(config),
      subject: subjectOf(person),
    },
  });
  return headers.getSetCookie().filter((cookie) => !isRemoval(cookie));
}

/** Whether a `Set-Cookie` takes a cookie away. */
export function isRemoval(cookie: string): boolean {
  return /;\s*Max-Age=0\s*(?:;|$)/i.test(cookie);
}

/** JSON keeps issuer and subject apart. */
function subjectOf({ issuer, subject }: Identity): string {
  return JSON.stringify([issuer, subject]);
}

/** A native app uses another port each time (RFC 8252 §7.3); its consent page is shown each time. */
function portless(asked: AuthRequest): AuthRequest {
  if (!isLoopback(asked.redirectUri)) return asked;
  const url = new URL(asked.redirectUri);
  url.port = '';
  return { ...asked, redirectUri: url.href };
}

function isLoopback(redirectUri: string): boolean {
  const { hostname } = new URL(redirectUri);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

function inMemory(): OAuthStore {
  const records = new Map<string, string>();
  return {
    get: async (key) => records.get(key) ?? null,
    put: async (key, value) => void records.set(key, value),
    delete: async (key) => void records.delete(key),
    list: async () => ({ keys: [], list_complete: true }),
  };
}
