// What every gateway owes its clients, whatever product it stands for: one call runs the same black-box tests against
// any definition. It knows HTTP and the protocol, and nothing of how a gateway is built.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GatewayDefinition } from '../../src/define/gateway';
import { challengeOf } from './challenge';
import { problemsWith } from './json-schema';
import { wires, type McpReply } from './mcp-client';
import { gateway, useGateway } from './oauth-client';

export interface ContractSubject {
  readonly definition: GatewayDefinition;
  /** The URL that users paste into their client. */
  readonly resource: string;
  /** The gateway under test, as the network sees it. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Signs in anew. `full` may call every tool, `narrow` may not call `beyond`. */
  readonly begin: () => Promise<{ readonly full: string; readonly narrow: string }>;
  /** A call that succeeds, and changes nothing. */
  readonly call: { readonly name: string; readonly arguments: Record<string, unknown> };
  /** A tool that `narrow` may not call, and the scopes a client has to ask for instead. */
  readonly beyond: { readonly name: string; readonly scopes: readonly string[] };
}

interface ListedTool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema: { readonly type: string };
  readonly outputSchema?: { readonly type: string };
  readonly annotations?: Record<string, unknown>;
}

const listed = (reply: McpReply): ListedTool[] => reply.body.result.tools as ListedTool[];

const parameter = (response: Pick<McpReply, 'headers'>, name: string): string | undefined =>
  challengeOf(response)[name];

export function describeGatewayContract(name: string, subject: ContractSubject): void {
  const { definition, resource, call, beyond } = subject;
  const { origin, pathname } = new URL(resource);

  describe(`${name} keeps the gateway contract`, () => {
    let full: string;
    let narrow: string;
    beforeAll(async () => {
      ({ full, narrow } = await subject.begin());
    });
    beforeEach(() => useGateway(subject.fetch));

    describe('discovery', () => {
      test('starts at the challenge, and leads to everything a client needs (RFC 9728, RFC 8414)', async () => {
        const challenged = await gateway(resource, { method: 'POST', body: '{}' });
        expect(challenged.status).toBe(401);
        const metadataUrl = parameter(challenged, 'resource_metadata');
        expect(metadataUrl).toBe(`${origin}/.well-known/oauth-protected-resource${pathname}`);

        const metadata = await (await gateway(metadataUrl ?? '')).json<Record<string, string[]>>();
        // As typed by the user, to the letter: clients compare it.
        expect(metadata['resource']).toBe(resource);
        expect(metadata['scopes_supported']).toEqual(Object.keys(definition.scopes));

        const [issuer = ''] = metadata['authorization_servers'] ?? [];
        const server = await gateway(`${issuer}/.well-known/oauth-authorization-server`);
        expect(await server.json()).toMatchObject({
          issuer,
          authorization_endpoint: expect.stringMatching(/^https:/),
          token_endpoint: expect.stringMatching(/^https:/),
          response_types_supported: ['code'],
          code_challenge_methods_supported: ['S256'],
          token_endpoint_auth_methods_supported: expect.arrayContaining(['none']),
        });
      });

      test('is open to everyone; nothing else is', async () => {
        for (const method of ['GET', 'POST', 'DELETE', 'PUT'])
          expect((await gateway(resource, { method })).status, method).toBe(401);
        for (const { send } of wires) {
          expect((await send(undefined, 'tools/list')).status).toBe(401);
          const bad = await send('no-token-of-ours', 'tools/call', call);
          expect(bad.status).toBe(401);
          expect(parameter(bad, 'error')).toBe('invalid_token');
        }
      });
    });

    describe.each(wires)('on the $revision wire', ({ send }) => {
      test('lists the tools of its definition in order, each described, bounded and hinted', async () => {
        const tools = listed(await send(full, 'tools/list'));
        expect(tools.map((tool) => tool.name)).toEqual(definition.tools.map((tool) => tool.name));
        for (const tool of tools) {
          expect(tool.title, tool.name).toBeTruthy();
          expect(tool.description, tool.name).toBeTruthy();
          expect(tool.inputSchema.type, tool.name).toBe('object');
          expect(tool.outputSchema?.type, tool.name).toBe('object');
          for (const hint of ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'])
            expect(tool.annotations?.[hint], `${tool.name} ${hint}`).toBeTypeOf('boolean');
        }
      });

      test('hides what a token may not call, and changes nothing between two requests', async () => {
        const tools = listed(await send(narrow, 'tools/list'));
        expect(tools.map((tool) => tool.name)).not.toContain(beyond.name);
        expect(listed(await send(narrow, 'tools/list'))).toEqual(tools);
      });

      test('calls a tool, and keeps to the schema it listed', async () => {
        const reply = await send(full, 'tools/call', call);
        expect(reply.status).toBe(200);
        expect(reply.body.result.isError).toBeUndefined();
        const tool = listed(await send(full, 'tools/list')).find((candidate) => candidate.name === call.name);
        expect(problemsWith(reply.body.result.structuredContent, tool?.outputSchema)).toBeUndefined();
        expect(reply.body.result.content[0]).toMatchObject({ type: 'text', text: expect.stringMatching(/\S/) });
      });

      test('answers a call beyond the token with all scopes that are needed', async () => {
        const reply = await send(narrow, 'tools/call', { name: beyond.name, arguments: {} });
        expect(reply.status).toBe(403);
        expect(parameter(reply, 'error')).toBe('insufficient_scope');
        expect(parameter(reply, 'scope')?.split(' ').toSorted()).toEqual([...beyond.scopes].toSorted());
        expect(parameter(reply, 'resource_metadata')).toContain('/.well-known/oauth-protected-resource');
      });

      test('names an unknown tool, and a field that is unknown', async () => {
        const unknown = await send(full, 'tools/call', { name: 'no_such_tool', arguments: {} });
        expect(unknown.body.error).toMatchObject({ code: -32602, message: expect.stringContaining('no_such_tool') });
        const extra = await send(full, 'tools/call', { ...call, arguments: { ...call.arguments, tenant_id: 'other' } });
        expect(extra.body.result).toMatchObject({
          isError: true,
          content: [{ text: expect.stringContaining('tenant_id') }],
        });
      });
    });

    test.each(['GET', 'DELETE', 'PUT'])('answers %s with 405 and what it serves instead', async (method) => {
      const answer = await gateway(resource, { method, headers: { Authorization: `Bearer ${full}` } });
      expect(answer.status).toBe(405);
      expect(answer.headers.get('Allow')).toBe('POST');
    });

    test('turns away a foreign page and a foreign host, token or not', async () => {
      for (const token of [full, 'bad']) {
        const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
        const page = { ...headers, Origin: 'https://evil.example' };
        expect((await gateway(resource, { method: 'POST', headers: page, body: '{}' })).status).toBe(403);
        const host = `https://evil.example${pathname}`;
        expect((await gateway(host, { method: 'POST', headers, body: '{}' })).status).toBe(421);
      }
    });

    test('answers what it can not read as the protocol has it', async () => {
      const headers = { Authorization: `Bearer ${full}`, 'Content-Type': 'application/json' };
      const answer = await gateway(resource, { method: 'POST', headers, body: '{' });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32700 } });
    });

    test('says that it is well, with its version', async () => {
      const answer = await gateway(`${origin}/healthz`);
      expect(await answer.json()).toEqual({ status: 'ok', version: definition.version });
    });
  });
}
