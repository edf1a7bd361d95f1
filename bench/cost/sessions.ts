// Many sessions, quickly: each is opened without a browser (bench/instrument/sessions.ts), then redeems its code and calls
// like any other client.
import { createHash, randomBytes } from 'node:crypto';
import { mcpRequest, resultOf, send } from '../harness/requests.ts';
import type { OpenSubject } from '../harness/subjects.ts';

const AT_ONCE = 16;

/** @returns the access token of each */
export function openSessions(subject: OpenSubject, count: number): Promise<string[]> {
  return inParallel(Array.from({ length: count }), () => openSession(subject));
}

/** @returns how many calls that were */
export async function callEach(subject: OpenSubject, tokens: readonly string[]): Promise<number> {
  const request = mcpRequest(subject, '2026-07-28', 'call');
  await inParallel(tokens, async (token) =>
    resultOf(await send({ ...request, headers: { ...request.headers, Authorization: `Bearer ${token}` } })),
  );
  return tokens.length;
}

async function openSession({ url, oauth }: OpenSubject): Promise<string> {
  const registration = oauth?.clientInformation();
  const tokens = oauth?.tokens();
  if (!oauth || !registration || !tokens) throw new Error('nobody has signed in whose registration could be used');
  const scopes = tokens.scope?.split(' ') ?? [];
  const verifier = randomBytes(32).toString('base64url');
  const resource = `${url}/mcp`;
  const request = {
    responseType: 'code',
    clientId: registration.client_id,
    redirectUri: oauth.redirectUrl,
    scope: scopes,
    state: 'state',
    codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
    codeChallengeMethod: 'S256',
    resource,
    issuer: url,
  };
  const identity = { issuer: 'https://idp.example', subject: verifier, email: 'ada@acme.example' };
  const body = JSON.stringify({ request, scopes, identity, resource, tenantId: null });
  const opened = await fetch(`${url}/bench/session`, { method: 'POST', body });
  const code = URL.parse(await opened.text())?.searchParams.get('code') ?? '';
  const metadata = oauth.discoveryState()?.authorizationServerMetadata;
  const redeemed = await fetch(metadata?.token_endpoint ?? '', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      client_id: registration.client_id,
      redirect_uri: oauth.redirectUrl,
      resource,
    }),
  });
  const answer = (await redeemed.json()) as { access_token?: string };
  if (answer.access_token === undefined) throw new Error(`a code was refused: ${JSON.stringify(answer)}`);
  return answer.access_token;
}

async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
