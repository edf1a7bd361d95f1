// Lets a Worker under `wrangler dev` sit behind a tunnel that ends TLS: requests that arrive in clear are passed on
// over TLS, so the Worker sees the https URL that the world does. `--upstream-protocol https` alone is not enough:
// wrangler then turns the Worker's own https addresses in response headers into http ones.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request } from 'node:https';

export interface TlsFront {
  stop(): Promise<void>;
}

/** Passes on what arrives at `port` to `target`, both on this machine, with the Host that it has. */
export async function startTlsFront({ port, target }: { port: number; target: number }): Promise<TlsFront> {
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse): void => pass(incoming, outgoing, target);
  const servers = [await listen(handle, port, '127.0.0.1')];
  // Without IPv6, one address has to do.
  const v6 = await listen(handle, port, '::1').catch(() => undefined);
  if (v6) servers.push(v6);
  return { stop: async () => void (await Promise.all(servers.map(close))) };
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, port: number): void {
  const { method, url: path, headers } = incoming;
  // wrangler made the certificate itself, a moment ago, on this machine.
  const onward = request({ host: 'localhost', port, method, path, headers, rejectUnauthorized: false });
  onward.once('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.once('error', () => outgoing.destroy());
    answer.pipe(outgoing);
  });
  onward.once('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end();
  });
  outgoing.once('close', () => onward.destroy());
  incoming.pipe(onward);
}

function listen(handle: (request: IncomingMessage, response: ServerResponse) => void, port: number, host: string) {
  return new Promise<Server>((resolve, reject) => {
    const server = createServer(handle);
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
