// An upstream as an adopter declares it: an API behind the gateway, where it is, and how the gateway obtains a user's
// credential there. A definition may hold several; an entry gets a client of the one that it names.
import type { ApiHeaders } from './api';
import type { CredentialDefinition } from './credential';

export interface UpstreamDefinition<Credential extends CredentialDefinition = CredentialDefinition> {
  /** Stable id: part of the sealed credential's additional data and of audit events. snake_case, 1 to 64 characters. */
  readonly name: string;
  /** For people: "Nexus CRM". */
  readonly title: string;
  /** Where the API is: the address, or the name of the variable that holds it. Paths are appended to it. */
  readonly baseUrl: string | { readonly variable: string };
  /** Sent with each request of a tool. Secrets don't belong here: they are the credential's. */
  readonly headers?: ApiHeaders;
  readonly credential: Credential;
}

/**
 * The upstream of a tool, a prompt or a resource: `default` is the definition's first; another one is named by reference.
 * `none`: answered without asking any upstream, and without a client.
 */
export type UpstreamUse = 'default' | 'none' | UpstreamDefinition;

interface Upstreams {
  readonly upstream: UpstreamDefinition;
  readonly upstreams?: readonly UpstreamDefinition[];
}

/** All upstreams of a definition, the first one first. */
export function upstreamsOf({ upstream, upstreams = [] }: Upstreams): readonly UpstreamDefinition[] {
  return [upstream, ...upstreams];
}

/** The upstream that an entry of a definition uses; undefined for `none`. */
export function upstreamOf({ upstream }: Upstreams, use: UpstreamUse): UpstreamDefinition | undefined {
  return use === 'none' ? undefined : use === 'default' ? upstream : use;
}

/** Identity function, for inference and for a place to read the contract. */
export function defineUpstream<const Credential extends CredentialDefinition>(
  definition: UpstreamDefinition<Credential>,
): UpstreamDefinition<Credential> {
  return definition;
}
