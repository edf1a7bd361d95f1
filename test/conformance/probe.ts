// The suite asks for protection against DNS rebinding of servers without authentication, where any 4xx will do, and
// changes Host and Origin together. Behind OAuth that shows little: this is the attack that is left, a page of another
// origin that has got hold of a valid token and calls the gateway by its own name.

/** @returns what is wrong; undefined where all is well */
export async function probeForeignOrigin(endpoint: string, token: string): Promise<string | undefined> {
  const call = (origin: Record<string, string>): Promise<Response> =>
    fetch(endpoint, {
      method: 'POST',
      headers: {
        ...origin,
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        'MCP-Protocol-Version': '2025-11-25',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
    });
  const status = async (response: Promise<Response>): Promise<number> => {
    const answered = await response;
    await answered.body?.cancel();
    return answered.status;
  };
  // Without this, a gateway that refuses everything would pass.
  const own = await status(call({}));
  if (own !== 200) return `the same request without an Origin is answered with ${own} instead of 200`;
  const foreign = await status(call({ Origin: 'https://evil.example' }));
  return foreign === 403 ? undefined : `a foreign Origin is answered with ${foreign} instead of 403`;
}
