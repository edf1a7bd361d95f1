// Calls the demo CRM in process, with a clock that the test moves.
import { env } from 'cloudflare:workers';
import { reset } from 'cloudflare:test';
import { handleCrm } from '../../demo/crm/app.ts';

export const adminToken = 'admin-token-of-this-test';
export const database = (env as unknown as { CRM_DB: D1Database }).CRM_DB;

const start = Date.UTC(2026, 10, 10);
let now = start;

export interface Answer {
  status: number;
  headers: Headers;
  // The tests state what they expect of a body; a type for each answer would say it twice.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

export async function call(method: string, path: string, token: string, body?: unknown): Promise<Answer> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const request = new Request(`http://crm.test${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}` },
    ...init,
  });
  const response = await handleCrm(request, { CRM_DB: database, NEXUS_ADMIN_TOKEN: adminToken }, () => now);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export const get = (path: string, token: string) => call('GET', path, token);
export const post = (path: string, token: string, body: unknown) => call('POST', path, token, body);
export const verify = (email: string, scopes?: string[]) => post('/auth/verify', adminToken, { email, scopes });
export const refresh = (refreshToken: string) => post('/auth/refresh', adminToken, { refresh_token: refreshToken });
export const switches = (body: unknown) => post('/__demo/switches', adminToken, body);
export const counts = async () => (await get('/__demo/counts', adminToken)).body;
export const tokenOf = async (email: string, scopes?: string[]): Promise<string> =>
  (await verify(email, scopes)).body.access_token;

export function pass(seconds: number): void {
  now += seconds * 1000;
}

/** For `beforeEach`: an empty database and the clock back at its start. */
export async function startAfresh(): Promise<void> {
  await reset();
  now = start;
}
