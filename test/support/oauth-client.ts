// An OAuth 2.1 client for tests that reads like the protocol, with the browser it sends its user through. Everything
// goes over HTTP to the gateway under test; what it returns is what a client or a person could see.
import { exports } from 'cloudflare:workers';
import { testVars } from './vars';

export const gatewayUrl = testVars.PUBLIC_URL;
export const resource = `${gatewayUrl}/mcp`;
export const redirectUri = 'https://client.example/callback';

type Serve = (request: Request) => Promise<Response>;
const deployed: Serve = (request) => exports.default.fetch(request);
let serve = deployed;

/** Sends everything that follows to another gateway (support/other-gateway.ts); without one, to the real one again. */
export function useGateway(other: Serve = deployed): void {
  serve = other;
}

export function gateway(path: string, init: RequestInit = {}): Promise<Response> {
  return serve(new Request(new URL(path, gatewayUrl), { redirect: 'manual', ...init }));
}

/** A browser that keeps cookies and follows nothing by itself. */
export class Browser {
  readonly cookies = new Map<string, string>();

  async open(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('Accept', 'text/html');
    if (this.cookies.size > 0) headers.set('Cookie', [...this.cookies].map((pair) => pair.join('=')).join('; '));
    const response = await gateway(url, { ...init, headers });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = cookie.split(';');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      if (attributes.some((attribute) => attribute.trim().toLowerCase() === 'max-age=0')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  /** Submits the consent page that was opened. `scopes` are the boxes left ticked; all of them by default. */
  submit(page: string, decision: 'approve' | 'deny', scopes = scopesOf(page)): Promise<Response> {
    const form = new URLSearchParams({ handle: /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? '', decision });
    for (const scope of scopes) form.append('scope', scope);
    return this.open('/authorize', {
      method: 'POST',
      body: form.toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
  }
}

/** Scopes a consent page would submit untouched. */
export function scopesOf(page: string): string[] {
  return [...page.matchAll(/name="scope"\s+value="([^"]+)"/g)].map((match) => match[1] ?? '');
}

export interface TokenSet {
  access_token: string;
  refresh_token: string;
  scope: string;
  expires_in: number;
  token_type: string;
  resource: string;
}

/** The id of the session that a token belongs to: an access token begins with it. */
export function sessionIdOf(token: string | Pick<TokenSet, 'access_token'>): string {
  return (typeof token === 'string' ? token : token.access_token).slice(0, 22);
}

export interface TokenAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: TokenSet & { error?: string; error_description?: string };
}

export class OAuthClient {
  readonly clientId: string;
  /** PKCE (RFC 7636 §4.1). */
  readonly verifier = 'a-code-verifier-of-at-least-forty-three-characters-0123';

  /** The connector URL that the client was given. */
  readonly resource: string;

  constructor(clientId: string, connectorUrl = resource) {
    this.clientId = clientId;
    this.resource = connectorUrl;
  }

  static async register(metadata: Record<string, unknown> = {}, connectorUrl = resource): Promise<OAuthClient> {
    const response = await gateway('/oauth/register', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Test Client',
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        ...metadata,
      }),
    });
    if (response.status !== 201) throw new Error(`registration answered ${response.status}: ${await response.text()}`);
    const registered = await response.json<{ client_id: string }>();
    return new OAuthClient(registered.client_id, connectorUrl);
  }

  async authorizationUrl(parameters: Record<string, string | undefined> = {}): Promise<string> {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(this.verifier)));
    const url = new URL('/authorize', gatewayUrl);
    const all: Record<string, string | undefined> = {
      response_type: 'code',
      client_id: this.clientId,
      redirect_uri: redirectUri,
      state: 'client-state',
      code_challenge: digest.toBase64({ alphabet: 'base64url', omitPadding: true }),
      code_challenge_method: 'S256',
      resource: this.resource,
      ...parameters,
    };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value);
    return url.href;
  }

  redeem(code: string, parameters: Record<string, string> = {}): Promise<TokenAnswer> {
    return this.token({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: this.verifier,
      resource: this.resource,
      ...parameters,
    });
  }

  refresh(refreshToken: string, parameters: Record<string, string> = {}): Promise<TokenAnswer> {
    return this.token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...parameters });
  }

  revoke(token: string): Promise<TokenAnswer> {
    return this.token({ token });
  }

  /** A token request; `client_id` is left out where it is overridden by an empty string. */
  async token(parameters: Record<string, string>, headers: Record<string, string> = {}): Promise<TokenAnswer> {
    const form = { client_id: this.clientId, ...parameters };
    const response = await gateway('/oauth/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(Object.entries(form).filter(([, value]) => value !== '')).toString(),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as TokenAnswer['body'],
    };
  }
}
