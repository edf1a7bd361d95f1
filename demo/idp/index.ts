// The demo's identity provider: OpenID Connect on localhost, so that signing in works like with a real one, offline.
// Passwordless on purpose, and reachable from this machine only.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import Provider from 'oidc-provider';
import { demoPeople } from '../people.ts';
import { configuration } from './configuration.ts';
import { contentSecurityPolicy, errorPage, loginPage } from './page.ts';

export interface IdentityProviderOptions {
  readonly port: number;
  readonly clientSecret: string;
  /** Where the gateway takes codes: `<gateway>/callback`. */
  readonly redirectUris: readonly string[];
}

export interface IdentityProvider {
  readonly issuer: string;
  close(): Promise<void>;
}

const maxFormBytes = 4096;

/** Starts it on 127.0.0.1 and, where there is one, ::1: "localhost" means either. Rejects if the port is taken. */
export async function startIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const issuer = `http://localhost:${options.port}`;
  const provider = new Provider(issuer, configuration(options.clientSecret, options.redirectUris));
  provider.on('server_error', (_ctx, error) => console.error('Identity provider:', error));
  const standard = provider.callback();

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    forgetEarlierSignIns(request);
    const answer = request.url?.startsWith('/interaction/')
      ? interact(provider, request, response)
      : standard(request, response);
    answer.catch((error: unknown) => {
      // An interaction that expired, or was begun in another browser.
      if (response.headersSent) return void response.end();
      send(response, 400, errorPage(error instanceof Error ? error.message : 'Please start again.'));
    });
  };

  const servers = [await listen(handle, options.port, '127.0.0.1')];
  const v6 = await listen(handle, options.port, '::1').catch(withoutIpv6);
  if (v6) servers.push(v6);
  return { issuer, close: async () => void (await Promise.all(servers.map(stop))) };
}

/** Every sign-in begins without a past, since trying the demo as somebody else is the point of it. */
function forgetEarlierSignIns(request: IncomingMessage): void {
  const cookies = request.headers.cookie?.split('; ').filter((cookie) => !cookie.startsWith('_session'));
  if (cookies) request.headers.cookie = cookies.join('; ');
}

async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await provider.interactionDetails(request, response); // Throws unless the cookie belongs to this interaction.
  if (request.method !== 'POST') return send(response, 200, loginPage(demoPeople));

  const chosen = new URLSearchParams(await readForm(request)).get('login');
  const person = demoPeople.find((one) => one.email === chosen);
  if (chosen === 'cancel') {
    const denied = { error: 'access_denied', error_description: 'The sign-in was cancelled.' };
    return provider.interactionFinished(request, response, denied);
  }
  if (!person) return send(response, 400, errorPage('There is nobody of that name here.'));
  return provider.interactionFinished(request, response, { login: { accountId: person.subject, amr: ['demo'] } });
}

async function readForm(request: IncomingMessage): Promise<string> {
  let form = '';
  for await (const chunk of request) {
    form += String(chunk);
    if (form.length > maxFormBytes) throw new Error('The form is too long.');
  }
  return form;
}

function send(response: ServerResponse, status: number, html: string): void {
  response
    .writeHead(status, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': contentSecurityPolicy,
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
    })
    .end(html);
}

function listen(handle: (request: IncomingMessage, response: ServerResponse) => void, port: number, host: string) {
  return new Promise<Server>((resolve, reject) => {
    const server = createServer(handle);
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

function withoutIpv6(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') return undefined;
  throw error;
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
