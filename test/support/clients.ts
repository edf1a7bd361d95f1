// Clients as the token endpoint sees them: registered in whatever way, and authenticating themselves.
import { expect } from 'vitest';
import { gateway, redirectUri, type OAuthClient, type TokenAnswer } from './oauth-client';
import type { World } from './world';

export type Registration = Record<string, unknown> & { client_id: string; client_secret?: string };

export function register(
  metadata: Record<string, unknown> | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = typeof metadata === 'string' ? metadata : JSON.stringify(metadata);
  return gateway('/oauth/register', {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
}

/** The header of client_secret_basic (RFC 6749 §2.3.1). */
export const basic = (id: string, secret: string): { Authorization: string } => ({
  Authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`,
});

/** A token request of a fresh code by a client that authenticates itself. */
export async function redeemAs(
  world: World,
  client: OAuthClient,
  form: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const code = (await world.authorize(client, 'ada@acme.example')).searchParams.get('code') ?? '';
  const request = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: client.verifier };
  return client.token({ ...request, ...form }, headers);
}

export function expectInvalidClient(answer: TokenAnswer): void {
  expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  expect(answer.body.access_token).toBeUndefined();
}
