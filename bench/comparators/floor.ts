// The floor: what a Worker costs that does nothing. Every answer is the same short JSON text.
const body = JSON.stringify({ jsonrpc: '2.0', id: 1, result: {} });

export default {
  fetch: () => new Response(body, { headers: { 'Content-Type': 'application/json' } }),
};
