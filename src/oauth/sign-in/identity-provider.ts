// Who signs people in, as data: everything that a sign-in has to know of one identity provider. A sign-in names its
// provider in its state, and only that provider may finish it: an answer that comes to another provider's callback is
// refused, which stops a mix-up of two providers (RFC 9700 §4.4).
import type { AuthRequest } from '@cloudflare/workers-oauth-provider';
import type { Config } from '../../config';
import { CALLBACK_PATH } from '../server';

export interface IdentityProvider {
  /** Names it in the state of a sign-in. */
  readonly id: string;
  /** As it is configured; the provider has to call itself the same, to the letter. */
  readonly issuer: string;
  /** The variable that holds the issuer, for an operator who has to correct it. */
  readonly issuerVariable: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What the provider is asked for (OpenID Connect Core §5.4). */
  readonly scopes: readonly string[];
  /** Lower-case email domains that may sign in; empty: any. */
  readonly allowedDomains: readonly string[];
  /** For people. */
  readonly name: string;
  /** Where it sends people back. Each provider has one of its own. */
  readonly redirectUri: string;
}

export interface IdentityProviders {
  /** The one that signs in whoever answers this authorization request. */
  forRequest(asked: Pick<AuthRequest, 'resource'>): IdentityProvider;
  byId(id: string): IdentityProvider | undefined;
}

export type IdentityProvidersOf = (config: Config) => IdentityProviders;

/** The provider of the configuration, for everybody. */
export function configuredProvider(config: Config): IdentityProviders {
  const { issuer, clientId, clientSecret, allowedDomains, name } = config.idp;
  const provider: IdentityProvider = {
    id: 'default',
    issuer,
    issuerVariable: 'IDP_ISSUER',
    clientId,
    clientSecret,
    scopes: ['openid', 'email', 'profile'],
    allowedDomains,
    name,
    redirectUri: config.issuer + CALLBACK_PATH,
  };
  return { forRequest: () => provider, byId: (id) => (id === provider.id ? provider : undefined) };
}

/** The redirect URI of a provider beside the one of the configuration. */
export function redirectUriOf(config: Pick<Config, 'issuer'>, id: string): string {
  return `${config.issuer}${CALLBACK_PATH}/${encodeURIComponent(id)}`;
}
