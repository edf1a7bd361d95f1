// Asks whether a client may act for a person: before anybody signs in, or afterwards, when it has turned out who the person
// is. Each question is a new one. The page says what was allowed before, which needs no second decision.
import type { OAuthHelpers } from '@cloudflare/workers-oauth-provider';
import { resourceAt } from '../../shared/resources';
import type { Identity } from '../../session/stub';
import { lastAccountOf, lastTenantNameOf } from './browser';
import { verifiedDomain } from './client-document';
import { rememberedScopes } from './remembered-consent';
import type { Tenant } from '../../upstream/tenants';
import type { AskedRequest, SignInScope, SignInStep } from './step';

/** What the library keeps for the handle of a consent page. */
export interface AskingRequest extends AskedRequest {
  /** Scopes that the page shows as allowed before. */
  readonly before: readonly string[];
  /** Who has signed in, where the page comes after the sign-in. */
  readonly arrived?: Identity;
}

export async function askConsent(
  request: Request,
  asked: AskedRequest,
  oauth: OAuthHelpers,
  scope: SignInScope,
  signedIn?: { readonly identity: Identity; readonly headers: Headers },
): Promise<SignInStep> {
  const { config } = scope;
  const whole: AskedRequest = { ...asked, scope: asked.asked };
  const account = signedIn?.identity ?? lastAccountOf(request, config);
  const before = account ? await rememberedScopes(request, whole, account, oauth, config) : [];
  // Baseline scopes belong to every consent, so nobody decided about them alone.
  const decided = before.some((name) => !scope.scopes[name]?.baseline) ? before : [];
  const asking: AskingRequest = { ...whole, before: decided, ...(signedIn && { arrived: signedIn.identity }) };
  const description = { ...(await oauth.describeConsent(whole)), ...verifiedDomain(whole.clientId) };
  const { handle, headers } = await oauth.beginConsent(asking);
  // Its secret stays here: a step may be stored (answer-once.ts).
  const { name, issuer } = scope.providers.forRequest(whole);
  for (const cookie of signedIn?.headers.getSetCookie() ?? []) headers.append('Set-Cookie', cookie);
  return {
    kind: 'consent',
    description,
    before: decided,
    email: account?.email,
    signedIn: signedIn !== undefined,
    tenant: tenantFor(request, whole, scope),
    provider: { name, issuer },
    handle,
    headers,
  };
}

/** The tenant whose resource the client asks for. */
export function tenantOf(
  { resource }: Pick<AskedRequest, 'resource'>,
  { config }: Pick<SignInScope, 'config'>,
): string | null {
  return typeof resource === 'string' ? (resourceAt(config.issuer, resource)?.tenant ?? null) : null;
}

/**
 * That tenant, with its name where this browser knows it. A name from anywhere else would tell a stranger which tenants
 * exist.
 */
export function tenantFor(request: Request, asked: AskedRequest, scope: SignInScope): Partial<Tenant> | null {
  const id = tenantOf(asked, scope);
  if (id === null) return null;
  const name = lastTenantNameOf(request, asked.clientId, asked.resource, scope.config);
  return { id, ...(name !== undefined && { name }) };
}
