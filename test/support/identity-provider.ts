// An OpenID provider for tests in workerd that can be told to lie. The certified one (demo/idp) needs Node and is used
// end to end; this one exists for the answers that a certified provider never gives.
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { testVars } from './vars';

export interface Lies {
  /** Claims to change in the id_token; undefined removes one. */
  claims?: Record<string, unknown>;
  /** Sign with a key that isn't published. */
  badSignature?: boolean;
  noIdToken?: boolean;
  /** Fields of the discovery document to change. */
  discovery?: Record<string, unknown>;
  /** What the UserInfo endpoint says. */
  userinfo?: Record<string, unknown>;
  /** The id_token in place of the signed one. */
  idToken?: string;
  /** Answer every request like this. */
  status?: number;
}

// One pair for the whole isolate: the gateway rightly keeps the provider's keys for a while.
const published = generateKeyPair('ES256');
const stranger = generateKeyPair('ES256');

export class TestIdentityProvider {
  readonly issuer: string;
  lies: Lies = {};
  readonly #codes = new Map<string, { email: string; nonce: string; challenge: string }>();

  constructor(issuer: string = testVars.IDP_ISSUER) {
    this.issuer = issuer;
  }

  /** Signs a person in at an authorization URL, as a browser would. @returns where the browser is sent */
  signIn(authorizationUrl: string, email: string): string {
    const asked = new URL(authorizationUrl).searchParams;
    const code = crypto.randomUUID();
    this.#codes.set(code, { email, nonce: asked.get('nonce') ?? '', challenge: asked.get('code_challenge') ?? '' });
    return callback(asked, { code });
  }

  /** Cancels at an authorization URL. */
  cancel(authorizationUrl: string, error = 'access_denied'): string {
    return callback(new URL(authorizationUrl).searchParams, { error });
  }

  async fetch(request: Request): Promise<Response> {
    if (this.lies.status) return new Response('unwell', { status: this.lies.status });
    // Below the issuer's own path, where it has one.
    const pathname = request.url.split('?')[0]?.slice(withoutSlash(this.issuer).length);
    if (pathname === '/.well-known/openid-configuration')
      return Response.json({ ...discovery(this.issuer), ...this.lies.discovery });
    if (pathname === '/jwks') {
      return Response.json({
        keys: [{ ...(await exportJWK((await published).publicKey)), kid: 'now', alg: 'ES256', use: 'sig' }],
      });
    }
    if (pathname === '/token') return this.#token(new Map(await request.formData()));
    if (pathname === '/userinfo' && this.lies.userinfo) return Response.json(this.lies.userinfo);
    return new Response(null, { status: 404 });
  }

  async #token(form: ReadonlyMap<string, unknown>): Promise<Response> {
    const code = form.get('code') as string;
    const granted = this.#codes.get(code);
    this.#codes.delete(code);
    const verifier = new TextEncoder().encode(form.get('code_verifier') as string);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', verifier)).toBase64({
      alphabet: 'base64url',
      omitPadding: true,
    });
    if (!granted || granted.challenge !== digest || form.get('client_secret') !== testVars.IDP_CLIENT_SECRET) {
      return Response.json({ error: 'invalid_grant' }, { status: 400 });
    }
    const claims: JWTPayload = {
      iss: this.issuer,
      sub: `sub-${granted.email}`,
      aud: testVars.IDP_CLIENT_ID,
      nonce: granted.nonce,
      email: granted.email,
      email_verified: true,
      ...this.lies.claims,
    };
    const { privateKey } = await (this.lies.badSignature ? stranger : published);
    const token = new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'now' }).setIssuedAt();
    const idToken = await ('exp' in claims ? token : token.setExpirationTime('5m')).sign(privateKey);
    return Response.json({
      access_token: 'idp-access-token',
      token_type: 'Bearer',
      expires_in: 300,
      ...(this.lies.noIdToken ? {} : { id_token: this.lies.idToken ?? idToken }),
    });
  }
}

const withoutSlash = (url: string): string => url.replace(/\/$/, '');

const discovery = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${withoutSlash(issuer)}/authorize`,
  token_endpoint: `${withoutSlash(issuer)}/token`,
  jwks_uri: `${withoutSlash(issuer)}/jwks`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
});

function callback(asked: URLSearchParams, answer: Record<string, string>): string {
  const url = new URL(asked.get('redirect_uri') ?? '');
  for (const [name, value] of Object.entries({ ...answer, state: asked.get('state') ?? '' }))
    url.searchParams.set(name, value);
  return url.href;
}
