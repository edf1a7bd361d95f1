// Checks the parameters of an authorization request before the library reads them: the library takes the first of two, and
// takes an empty parameter for a value. A request with a repeated parameter is refused (RFC 6749 §3.1). The refusal goes to
// the client's redirect URI only where the client and the URI are each named once.
import { AuthorizationError, type AuthRequest, type OAuthHelpers } from '@cloudflare/workers-oauth-provider';
import { parametersIn, repeatedIn } from '../../shared/parameters';

/** Without these two parameters nobody knows where an answer may go. */
const ADDRESS = new Set(['client_id', 'redirect_uri']);

/** @throws AuthorizationError, with a redirect only where one is safe; and any error of the library */
export async function parseAuthRequest(oauth: OAuthHelpers, request: Request): Promise<AuthRequest> {
  const url = new URL(request.url);
  const given = parametersIn(url.search.slice(1));
  if (given === undefined) throw new AuthorizationError('invalid_request', { description: 'The request is not UTF-8' });
  const repeated = repeatedIn(given);
  if (repeated.some((name) => ADDRESS.has(name)))
    throw new AuthorizationError('invalid_request', { description: `Repeated: ${repeated.join(', ')}` });
  // Nobody can tell which of several states is the client's.
  if (repeated.includes('state')) given.delete('state');
  url.search = given.toString();
  const parse = () => oauth.parseAuthRequest(new Request(url, request));
  if (repeated.length === 0) return parse();
  const address = await parse().catch((error: unknown) => {
    if (error instanceof AuthorizationError && error.redirectUri !== undefined) return error;
    throw error;
  });
  throw new AuthorizationError('invalid_request', {
    description: 'A parameter is given more than once',
    redirectUri: address.redirectUri ?? '',
    ...(address.state ? { state: address.state } : {}),
    ...(address.issuer === undefined ? {} : { issuer: address.issuer }),
  });
}

/** Whether only a page can answer the request: it names several clients or addresses, or isn't UTF-8. */
export function hasNoAddress({ url }: Request): boolean {
  const given = parametersIn(new URL(url).search.slice(1));
  return given === undefined || repeatedIn(given).some((name) => ADDRESS.has(name));
}
