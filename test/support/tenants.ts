// Connector URLs of tenants, calls at them, and the page on which a person of several chooses one.
import { modernRequest } from './envelope';
import { gateway, gatewayUrl, OAuthClient, type Browser, type TokenSet, sessionIdOf } from './oauth-client';

/** What is needed of a world here. */
interface Surroundings {
  intercept: ((request: Request) => Promise<Response | undefined> | Response | undefined) | undefined;
  authorize(client: OAuthClient, email: string, options?: { scope?: string }): Promise<URL>;
}

/** A viewer in both tenants of the demo. */
export const katherine = 'katherine@consulting.example';

export const tenantUrl = (tenant: string): string => `${gatewayUrl}/t/${tenant}/mcp`;

export interface Reply {
  readonly status: number;
  readonly challenge: string;
  readonly text: string;
  /** The structured content of a tool's result. */
  readonly structured: Record<string, unknown> | undefined;
}

/** Calls a tool at a connector URL. */
export async function callAt(url: string, token: string | undefined, name = 'whoami', args = {}): Promise<Reply> {
  const answer = await gateway(url, modernRequest(token, 'tools/call', { name, arguments: args }));
  const text = await answer.text();
  return {
    status: answer.status,
    challenge: answer.headers.get('WWW-Authenticate') ?? '',
    text,
    structured: answer.status === 200 ? JSON.parse(text).result.structuredContent : undefined,
  };
}

/** A session of a fresh client that was given this connector URL. */
export async function signInAt(
  world: Surroundings,
  url: string,
  email: string,
  options: { scope?: string } = {},
): Promise<{ client: OAuthClient; tokens: TokenSet; sessionId: string }> {
  const client = await OAuthClient.register({}, url);
  const location = await world.authorize(client, email, options);
  const { status, body } = await client.redeem(location.searchParams.get('code') ?? '');
  if (status !== 200) throw new Error(`the token endpoint answered ${status}: ${JSON.stringify(body)}`);
  return { client, tokens: body, sessionId: sessionIdOf(body) };
}

/** Where the page's form is posted. */
export function choiceAction(page: string): string {
  const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1];
  if (action === undefined) throw new Error(`no form: ${page.slice(-1500)}`);
  return action.replaceAll('&amp;', '&');
}

/** The ids on the page's buttons. */
export function choices(page: string): string[] {
  return [...page.matchAll(/<button class="choice" name="tenant" value="([^"]*)"/g)].map(([, id = '']) => id);
}

/** Presses a button of the page, or sends whatever else. */
export function choose(browser: Browser, page: string, form: Record<string, string> | string): Promise<Response> {
  return browser.open(choiceAction(page), {
    method: 'POST',
    body: new URLSearchParams(form).toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  });
}

/** What the backend is asked, as `path` and body, from here on. */
export function backendQuestions(world: Surroundings): { path: string; body: Record<string, unknown> }[] {
  const asked: { path: string; body: Record<string, unknown> }[] = [];
  const before = world.intercept;
  world.intercept = async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/auth/')) asked.push({ path: pathname, body: await request.clone().json() });
    return before?.(request);
  };
  return asked;
}
