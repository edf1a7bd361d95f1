// An OAuth error response (RFC 6749 §5.2), for a request that the gateway answers in place of the OAuth library.

export function oauthError(
  status: number,
  error: string,
  error_description: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ error, error_description }, { status, headers: { ...headers, 'Cache-Control': 'no-store' } });
}
