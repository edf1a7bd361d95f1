// The suite can't sign in: this stands before the gateway and adds what a signed-in client sends. It passes everything
// else on as it is, both ways and byte by byte as it comes, so that what the suite sees is the gateway.
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Recorder } from './recorder.ts';

export interface BearerProxy {
  /** The MCP endpoint, by way of the proxy. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * @param target the gateway's MCP endpoint
 * @param token an access token that outlives the run
 * @param recorder is told what passes
 */
export async function startBearerProxy(target: URL, token: string, recorder?: Recorder): Promise<BearerProxy> {
  const server = createServer((incoming, answer) => forward(incoming, answer));
  // Under the gateway's own name: a page of the proxy's origin is then one of the gateway's, whatever the port.
  server.listen(0, target.hostname);
  await once(server, 'listening');
  const own = `${target.hostname}:${(server.address() as AddressInfo).port}`;

  function forward(incoming: IncomingMessage, answer: ServerResponse): void {
    // The proxy's own name stands for the gateway's. Any other is what the suite wants the gateway to refuse.
    const host = incoming.headers.host === own ? target.host : incoming.headers.host;
    const headers = { ...incoming.headers, host, authorization: `Bearer ${token}` };
    const { hostname, port } = target;
    const outgoing = httpRequest({ hostname, port, method: incoming.method, path: incoming.url, headers });
    outgoing.once('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
      answer.flushHeaders();
      response.pipe(answer);
    });
    outgoing.once('error', (error) => {
      if (answer.headersSent) answer.destroy(error);
      else answer.writeHead(502).end(`The gateway could not be reached: ${error.message}`);
    });
    // A client that goes away is gone for the gateway too.
    answer.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
    if (recorder) void record(incoming, recorder);
  }

  return {
    url: `http://${own}${target.pathname}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function record(incoming: IncomingMessage, recorder: Recorder): Promise<void> {
  const body = await text(incoming).catch(() => undefined);
  // Of a client that went away amid its message there is nothing to send again.
  if (body !== undefined) recorder.add(incoming.method ?? '', incoming.headers, body);
}
