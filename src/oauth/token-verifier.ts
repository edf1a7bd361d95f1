// Finds the session that an access token belongs to, before any Durable Object is asked. Each verifier knows the tokens of
// one issuer; they are asked in order, and the first that knows the token decides. A token that nobody knows is refused at
// the edge, so that an invented one wakes no object.
import type { Config } from '../config';
import { sessionIdOf } from '../crypto/subject';
import type { VerifiedToken } from '../session/stub';

/** A token, and the session whose object decides about it. */
export interface LocatedToken {
  readonly sessionId: string;
  /**
   * What another issuer's token says, once its signature, issuer, audience and times were checked. Absent for a token of
   * this gateway: it is opaque, and the session's object looks it up by its digest.
   */
  readonly verified?: VerifiedToken;
}

export interface TokenVerifier {
  /**
   * @param resource the protected resource that was called; a token of another audience is not located (RFC 8707 §2)
   * @returns undefined for a token that isn't of this verifier's issuer, or isn't good
   */
  locate(token: string, resource: string, config: Config): Promise<LocatedToken | undefined>;
}

/** Tokens of this gateway: the subject in front of each names its session, with a MAC. */
export const ownTokens: TokenVerifier = {
  locate(token, _resource, { sessionKey }) {
    const sessionId = sessionIdOf(token, sessionKey);
    return Promise.resolve(sessionId === undefined ? undefined : { sessionId });
  },
};

/** Asks each verifier in turn. */
export async function locateToken(
  verifiers: readonly TokenVerifier[],
  token: string,
  resource: string,
  config: Config,
): Promise<LocatedToken | undefined> {
  for (const verifier of verifiers) {
    const located = await verifier.locate(token, resource, config);
    if (located) return located;
  }
  return undefined;
}
