// A request to the MCP endpoint as the edge hands it over, with nothing real behind it.
import type { Config } from '../../../src/config';
import type { GatewayDefinition } from '../../../src/define/gateway';
import type { CallEnd } from '../../../src/mcp/calls/request-context';
import { createClient, type ClientSays } from '../../../src/mcp/calls/client';
import type { McpRequest } from '../../../src/mcp/calls/request';
import { Standing } from '../../../src/session/standing';
import type { Serving } from '../../../src/mcp/calls/handler-context';
import type { LogFields } from '../../../src/shared/log';
import { ada } from '../../support/caller';

export const sessionKey = new TextEncoder().encode('session-key-for-tests-0123456789');
export const config = {
  upstream: () => ({ baseUrl: 'https://api.example', secrets: {} }),
  sessionKey,
  resultLimits: {},
} as unknown as Config;

export interface Line {
  readonly level: string;
  readonly event: string;
  readonly fields: LogFields;
}

export function requestTo(
  definition: GatewayDefinition,
  given: Partial<McpRequest> = {},
): { request: McpRequest; lines: Line[] } {
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (event: string, fields: LogFields = {}): void =>
      void lines.push({ level, event, fields });
  const log = { info: write('info'), warn: write('warn'), error: write('error'), with: () => log };
  const request: McpRequest = {
    definition,
    config,
    caller: ada,
    access: { ...ada, policy: [] },
    sessionId: 'session-1',
    call: {
      eventId: 'event-1',
      credential: { kind: 'ready', accessToken: 'upstream-token', version: 1, expiresAt: 60_000 },
    },
    renew: () => Promise.reject(new Error('no renewal in this test')),
    challenge: 'Bearer error="invalid_token"',
    publish: () => Promise.resolve(),
    standing: Standing.begin('token', { stands: () => Promise.resolve(true) }, { requestId: 'r', traceId: 't' }),
    ids: { requestId: 'request-1', traceId: '0af7651916cd43dd8448eb211c80319c' },
    trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', flags: '00' },
    log,
    now: () => 0,
    ...given,
  };
  return { request, lines };
}

/** The same as a handler sees it, on the 2026-07-28 wire, and what it makes of it. */
export function servingTo(
  definition: GatewayDefinition,
  given: Partial<McpRequest> = {},
  says: Partial<ClientSays> = {},
): { serving: Serving; lines: Line[]; ends: CallEnd[] } {
  const { request, lines } = requestTo(definition, given);
  const ends: CallEnd[] = [];
  const finish = (end: CallEnd): void => void ends.push(end);
  const serving: Serving = {
    request,
    era: 'modern',
    signal: new AbortController().signal,
    client: createClient({ clientId: 'client-1', info: undefined, capabilities: {}, interactive: true, ...says }),
    responses: {},
    state: undefined,
    sign: (state) => Promise.resolve(JSON.stringify(state)),
    progress: () => Promise.resolve(),
    log: () => Promise.resolve(),
    finish,
    asked: finish,
  };
  return { serving, lines, ends };
}
