// A request to the MCP endpoint as the edge hands it over, with nothing real behind it.
import type { Config } from '../../../src/config';
import type { GatewayDefinition } from '../../../src/define/gateway';
import type { McpRequest } from '../../../src/mcp/request';
import type { LogFields } from '../../../src/shared/log';
import { ada } from '../nexus/fake-api';

export const sessionKey = new TextEncoder().encode('session-key-for-tests-0123456789');
export const config = { upstream: { baseUrl: 'https://api.example' }, sessionKey } as unknown as Config;

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
    body: { kind: 'none' },
    caller: ada,
    call: { eventId: 'event-1', credential: { kind: 'ready', accessToken: 'upstream-token', version: 1 } },
    renew: () => Promise.reject(new Error('no renewal in this test')),
    ids: { requestId: 'request-1', traceId: '0af7651916cd43dd8448eb211c80319c' },
    trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', flags: '00' },
    log,
    now: () => 0,
    ...given,
  };
  return { request, lines };
}
