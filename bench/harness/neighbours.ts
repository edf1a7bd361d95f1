// What stands around the Workers under test, in a process of its own so that its CPU time is never theirs: the fixed
// upstream (a REST API with one record, and the backend contract of docs/backend-contract.md), and the far ends of the
// KV and D1 bindings. Started by `startNeighbours` (neighbours-process.ts); counts what it is asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerD1 } from './d1.ts';
import { answerKv } from './kv.ts';
import { readBody } from './request-body.ts';

export interface NeighbourPorts {
  readonly upstream: number;
  readonly kv: number;
  readonly d1: number;
}

/** The one record that every call fetches: what `get_customer` of the reference definition expects. */
const customer = JSON.stringify({
  id: 'cus_0001',
  company: 'Initech',
  industry: 'Software',
  region: 'EMEA',
  plan: 'enterprise',
  mrr_usd: 12_400,
  health: 'good',
  owner: 'ada@acme.example',
  contact_name: 'Peter Gibbons',
  contact_email: 'peter@initech.example',
  phone: '+1 512 555 0100',
  since: '2021-03-01',
  updated_at: '2026-11-01T09:00:00Z',
});

/** What the one record that a call creates looks like: `create_lead` of the reference definition. */
const lead = JSON.stringify({
  id: 'lead_0001',
  company: 'Hooli',
  contact_name: 'Gavin Belson',
  contact_email: 'gavin@hooli.example',
  industry: 'software',
  stage: 'new',
  owner: 'ada@acme.example',
  value_usd: 80_000,
  region: 'amer',
  created_at: '2026-11-01T09:00:00Z',
  updated_at: '2026-11-01T09:00:00Z',
});

/** Longer than any run, so that no renewal falls into a measurement. */
const TOKEN_SECONDS = 86_400;
let calls = 0;

async function answerUpstream(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '';
  if (path === '/count') return answer(response, 200, JSON.stringify({ calls }));
  const body = await readBody(request);
  if (path.startsWith('/v1/customers/')) {
    calls += 1;
    return answer(response, 200, customer);
  }
  if (path === '/v1/leads' && request.method === 'POST') {
    calls += 1;
    return answer(response, 201, lead);
  }
  const asked = (body === '' ? {} : JSON.parse(body)) as { scopes?: unknown };
  const found = backend(path, asked.scopes);
  return answer(response, found ? 200 : 404, JSON.stringify(found ?? { error: 'not_found' }));
}

/** With its length declared, as most frameworks answer. */
function answer(response: ServerResponse, status: number, json: string): void {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(json) };
  response.writeHead(status, headers).end(json);
}

function backend(path: string, scopes: unknown): object | undefined {
  const tenant = { tenant_id: 'acme', tenant_name: 'Acme Industries' };
  const tokens = { access_token: 'upstream-token', expires_in: TOKEN_SECONDS, refresh_token: 'upstream-refresh-token' };
  switch (path) {
    case '/auth/tenants':
      return { tenants: [tenant] };
    case '/auth/verify':
      return { user_id: 'usr_0001', ...tenant, ...tokens, scopes };
    case '/auth/refresh':
      return { ...tokens, scopes: ['*'] };
    default:
      return undefined;
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function serve(handle: Handler): Promise<number> {
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      console.error('neighbour:', error);
      response.writeHead(500).end();
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

const [upstream, kv, d1] = await Promise.all([serve(answerUpstream), serve(answerKv), serve(answerD1)]);
process.send?.({ upstream, kv, d1 } satisfies NeighbourPorts);
process.on('disconnect', () => process.exit());
