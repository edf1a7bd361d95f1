// What every strategy offers to the session's object, which keeps the credentials: a way to obtain one anew, and a way to
// refresh one where the strategy has refresh tokens. Who asks, how often, and when, is not decided here.
import type { UpstreamConfig } from '../../config';
import type { CredentialDefinition } from '../../define/credential';
import type { UpstreamDefinition } from '../../define/upstream';
import type { Fetch } from '../../shared/bounded-fetch';
import type { Log } from '../../shared/log';
import type { CallIds } from '../backend';
import type { ObtainResult, RefreshResult, UpstreamUser } from '../credential';

export interface CredentialSource {
  /** Obtains a credential without an earlier one. It is safe to repeat. */
  readonly obtain: (ids: CallIds) => Promise<ObtainResult>;
  /** Redeems a refresh token, once: whatever comes of it, the token counts as spent. */
  readonly refresh?: (refreshToken: string, ids: CallIds) => Promise<RefreshResult>;
}

/** For whom and for what a credential is obtained. */
export interface CredentialSubject {
  /** As the identity provider knows the person; the email is verified. */
  readonly identity: { readonly issuer: string; readonly subject: string; readonly email: string };
  /** As the first upstream knows them; null until it has vouched for them. */
  readonly user: UpstreamUser | null;
  /** The tenant that the session is for; null leaves it to the backend. */
  readonly tenantId: string | null;
  /** What the user consented to, with what that implies. */
  readonly scopes: readonly string[];
}

export interface SourceOptions<Credential extends CredentialDefinition> {
  readonly upstream: UpstreamDefinition<Credential>;
  readonly config: UpstreamConfig;
  /** Undefined where the session is gone. */
  readonly subject: () => CredentialSubject | undefined;
  readonly log: Log;
  readonly now: () => number;
  readonly send?: Fetch | undefined;
}
