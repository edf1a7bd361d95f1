// What a session's object is built from, handed down by gateway.ts: the session room knows neither the definition's
// tools nor how the authorization server is set up.
import type {
  OAuthAuthorizationServer,
  TokenExchangeCallbackOptions,
  TokenExchangeCallbackResult,
} from '@cloudflare/workers-oauth-provider';
import type { Bindings, Config } from '../config';
import type { ScopeCatalogue } from '../define/scopes';
import type { VerifyCredential } from '../define/credential';
import type { UpstreamDefinition } from '../define/upstream';
import type { Policy } from '../policy/access';
import type { Fetch } from '../shared/bounded-fetch';
import type { OAuthStore } from '../oauth/store/kv-store';
import type { Listener } from './change-feed';

/** The `env` that the authorization server library is called with. */
export interface AuthorizationServerEnv {
  readonly OAUTH_KV: OAuthStore;
  /** Called by the token endpoint before it issues tokens (RFC 6749 §4.1.3, §6). */
  readonly exchange: (options: Omit<TokenExchangeCallbackOptions, 'env'>) => Promise<TokenExchangeCallbackResult>;
}

export type AuthorizationServer = OAuthAuthorizationServer<AuthorizationServerEnv>;

/**
 * The authorization server of a configuration, as it deals with one of its resources: the one that the indicator names
 * (RFC 8707 §2, as a client sent it), else the shared one.
 */
export type AuthorizationServers = (config: Config, indicator?: string | null) => AuthorizationServer;

export interface SessionSettings {
  /** The first upstream, whose backend vouches for users. */
  readonly upstream: UpstreamDefinition<VerifyCredential>;
  /** All upstreams of the definition, that one among them. */
  readonly upstreams: readonly UpstreamDefinition[];
  readonly scopes: ScopeCatalogue;
  /** The rules of a tenant, as they are now. */
  readonly policyOf: (tenantId: string) => Policy;
  /** Whether this client reads a challenge in a tool's result, and not in the HTTP answer. */
  readonly readsChallengeInResult: (clientId: string) => boolean;
  readonly config: (env: object) => Config;
  readonly authorizationServer: AuthorizationServers;
  /** An MCP session, for this one to call. */
  readonly listener: (bindings: Bindings, mcpSessionId: string) => Listener;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly fetch?: Fetch | undefined;
}
