// What the gateway asks of an identity provider without the person: its metadata and its keys; and how the gateway asks.
// Each exchange is bounded in time and size and follows no redirect.
import * as oauth from 'oauth4webapi';
import { boundedFetch } from '../../shared/bounded-fetch';
import { ConfigError } from '../../shared/errors';
import type { IdentityProvider } from './identity-provider';

/** Why a sign-in did not lead to an identity. Each has its own page (edge/pages/messages.ts). */
export type SignInProblem =
  | 'sign_in_denied'
  | 'sign_in_wrong_domain'
  | 'sign_in_email_unverified'
  | 'sign_in_provider_unavailable'
  | 'sign_in_not_verified';

export class SignInError extends Error {
  override readonly name = 'SignInError';
  readonly problem: SignInProblem;
  /** Whom the provider vouched for, although they are not let in. */
  readonly email: string | undefined;

  /** @param why for the operator's log */
  constructor(problem: SignInProblem, why: string, options: ErrorOptions & { readonly email?: string } = {}) {
    super(why, options);
    this.problem = problem;
    this.email = options.email;
  }
}

const BOUNDS = { timeoutMs: 8_000, maxBytes: 256 * 1024 };
/** The provider's metadata and keys change rarely; a rotated key is looked up again when a `kid` isn't known. */
const METADATA_TTL_MS = 600_000;

const metadata = new Map<string, { readonly server: oauth.AuthorizationServer; readonly at: number }>();
const jwks = new Map<string, oauth.JWKSCacheInput>();

/**
 * The provider's metadata (OpenID Connect Discovery §4), kept for a while per isolate.
 * @throws SignInError `sign_in_provider_unavailable`, ConfigError where the issuer is written another way
 */
export async function discover(provider: IdentityProvider): Promise<oauth.AuthorizationServer> {
  const { issuer } = provider;
  const known = metadata.get(issuer);
  if (known && Date.now() - known.at < METADATA_TTL_MS) return known.server;
  let called: string;
  try {
    const url = new URL(issuer);
    const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, options(provider)));
    // Compared to the letter (§4.3), since the library ignores a closing slash of the root. The `iss` of the answer
    // (RFC 9207) and of the id_token are compared with this name, and rules for one issuer (Google) go by it, too.
    if (server.issuer === issuer) {
      metadata.set(issuer, { server, at: Date.now() });
      return server;
    }
    called = server.issuer;
  } catch (error) {
    const other = otherIssuer(error);
    if (other === undefined) throw providerUnavailable(`discovery at ${issuer} failed: ${problemOf(error)}`, error);
    called = other;
  }
  if (withoutSlash(called) === withoutSlash(issuer))
    throw new ConfigError(
      provider.issuerVariable,
      'differs by its closing slash from the name that the provider gives itself',
    );
  throw providerUnavailable(`discovery at ${issuer}: the provider names another issuer, ${called.slice(0, 200)}`);
}

/** The issuer of a discovery document that the library refused for it. */
function otherIssuer(error: unknown): string | undefined {
  if (!(error instanceof oauth.OperationProcessingError) || error.code !== oauth.JSON_ATTRIBUTE_COMPARISON)
    return undefined;
  return (error.cause as { body: { issuer: string } }).body.issuer;
}

const withoutSlash = (url: string): string => url.replace(/\/$/, '');

function providerUnavailable(why: string, cause?: unknown): SignInError {
  return new SignInError('sign_in_provider_unavailable', why, { cause });
}

/** oauth4webapi's options: our bounded fetch, and http only where the configuration allows it (localhost). */
export function options({ issuer }: Pick<IdentityProvider, 'issuer'>) {
  return {
    [oauth.customFetch]: async (
      url: string,
      init: { method: string; headers: Record<string, string>; body?: RequestInit['body'] | undefined },
    ) => {
      const { body, ...rest } = init;
      const answer = await boundedFetch(
        url,
        { method: rest.method, headers: rest.headers, body: body ?? null },
        BOUNDS,
      );
      const bodiless = [101, 204, 205, 304].includes(answer.status);
      return new Response(bodiless ? null : answer.text, { status: answer.status, headers: answer.headers });
    },
    [oauth.allowInsecureRequests]: issuer.startsWith('http:'),
  };
}

/** The keys of the provider, which oauth4webapi keeps in this entry. */
export function keysOf({ issuer }: Pick<IdentityProvider, 'issuer'>): oauth.JWKSCacheInput {
  const known = jwks.get(issuer) ?? {};
  jwks.set(issuer, known);
  return known;
}

/** oauth4webapi's stable error code where there is one; its messages hold no token. */
export function problemOf(error: unknown): string {
  if (error instanceof oauth.OperationProcessingError) return `${error.code ?? 'invalid'}: ${error.message}`;
  if (error instanceof oauth.ResponseBodyError) return `the provider answered ${error.error} (${error.status})`;
  return error instanceof Error ? error.message : String(error);
}

/** As in a new isolate. For tests, which share one. */
export function forgetProviders(): void {
  metadata.clear();
  jwks.clear();
}
