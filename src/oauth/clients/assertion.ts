// `private_key_jwt`: a client proves its identity with a JWT that it signs with its own key (RFC 7523 §2.2 and §3).
// Guaranteed: signature, issuer, subject, audience and times are checked, and an assertion works once, also when two
// copies arrive at the same moment. The client's document says which keys count (metadata.ts).
import { createHash } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import type { Bindings } from '../../config';
import { recordAt } from '../store/record-stub';
import type { Documents } from './documents';
import { KEYS, type AssertionKeys } from './metadata';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Clocks of two machines differ. */
const TOLERANCE_SECONDS = 60;
/** A client makes an assertion for one request. The mark of its use is stored until it expires. */
const MAX_LIFETIME_SECONDS = 3600;
/** With this `typ`, the issuer is the only audience allowed (draft-ietf-oauth-rfc7523bis). */
const EXPLICIT_TYPE = /^(?:application\/)?client-authentication\+jwt$/i;

export interface AssertionAudience {
  /** The authorization server's issuer. */
  readonly issuer: string;
  readonly tokenEndpoint: string;
}

/** The client that an assertion claims to be from. Nothing is verified yet. */
export function claimedClient(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).iss;
  } catch {
    return undefined;
  }
}

/**
 * Verifies an assertion and marks it as used.
 * @returns the reason to refuse it; undefined when the client is who it claims to be
 * @throws DocumentError when the client's keys can't be loaded
 */
export async function refusedAssertion(
  assertion: string,
  clientId: string,
  keys: AssertionKeys,
  audience: AssertionAudience,
  documents: Documents,
  bindings: Pick<Bindings, 'OAUTH_RECORDS'>,
): Promise<string | undefined> {
  let claims: JWTPayload;
  try {
    claims = await verify(assertion, clientId, keys, audience, documents);
  } catch (error) {
    if (error instanceof errors.JOSEError) return error.code;
    throw error;
  }
  const { jti = '', exp = 0 } = claims;
  const now = Math.floor(Date.now() / 1000);
  if (exp - now > MAX_LIFETIME_SECONDS) return 'lives_too_long';
  const digest = createHash('sha256').update(`${clientId}\n${jti}`).digest('hex');
  const mark = recordAt(bindings, `client-assertion-jti:${digest}`);
  return (await mark.create('1', exp + TOLERANCE_SECONDS - now + 1)) ? undefined : 'used_already';
}

async function verify(
  assertion: string,
  clientId: string,
  { from, algorithms }: AssertionKeys,
  { issuer, tokenEndpoint }: AssertionAudience,
  documents: Documents,
): Promise<JWTPayload> {
  const verifyWith = async (jwks: Parameters<typeof createLocalJWKSet>[0] | null): Promise<JWTPayload> => {
    const { payload, protectedHeader } = await jwtVerify(assertion, createLocalJWKSet(jwks ?? { keys: [] }), {
      issuer: clientId,
      subject: clientId,
      audience: [issuer, tokenEndpoint],
      algorithms: [...algorithms],
      requiredClaims: ['jti', 'exp'],
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(Date.now()),
    });
    if (typeof payload.jti !== 'string' || payload.jti === '')
      throw new errors.JWTClaimValidationFailed('jti', payload, 'jti', 'invalid');
    if (EXPLICIT_TYPE.test(protectedHeader.typ ?? '') && payload.aud !== issuer)
      throw new errors.JWTClaimValidationFailed('aud', payload, 'aud', 'check_failed');
    return payload;
  };
  if ('jwks' in from) return verifyWith(from.jwks);
  try {
    return await verifyWith(await documents.load(from.jwksUri, KEYS));
  } catch (error) {
    // The client may have new keys since our copy was made.
    const rotated = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
    if (!rotated) throw error;
    return verifyWith(await documents.load(from.jwksUri, KEYS, true));
  }
}
