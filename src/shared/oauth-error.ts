// An OAuth endpoint's refusal (RFC 6749 §5.2), where the gateway answers in the library's place.

export function oauthError(
  status: number,
  error: string,
  error_description: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ error, error_description }, { status, headers: { ...headers, 'Cache-Control': 'no-store' } });
}
