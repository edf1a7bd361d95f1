// mcp-remote, which brings a remote server to programs that only know local ones: it speaks stdio to the program, signs
// its user in with a browser, and keeps the tokens in its home.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../../demo/ports.ts';
import { startStack, type Neighbours } from '../../demo/stack.ts';
import { Home, Person } from './interop-programs.ts';

const proxy = join(dirname(createRequire(import.meta.url).resolve('mcp-remote/package.json')), 'dist/proxy.js');

let stack: Neighbours;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

describe.each(['legacy', 'auto'])('mcp-remote --protocol %s', (protocol) => {
  let home: Home;
  // By itself it takes a port that follows from the server's URL, whether or not it is free.
  let callbackPort: number | undefined;
  const person = new Person();
  beforeAll(async () => {
    home = new Home();
    [callbackPort] = await freePorts(1);
  });
  afterAll(() => home?.[Symbol.dispose]());

  /** What a desktop program does with the mcp-remote that its configuration names. */
  async function withServer(use: (client: Client) => Promise<void>): Promise<void> {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [proxy, `${stack.gatewayUrl}/mcp`, String(callbackPort), '--protocol', protocol],
      env: { ...home.env, MCP_REMOTE_CONFIG_DIR: home.directory },
      stderr: 'pipe',
    });
    if (transport.stderr)
      person.watch(transport.stderr, /authorize this client by visiting:\s+(\S+)\n/, 'ada@acme.example');
    const client = new Client({ name: 'desktop', version: '1.0.0' });
    try {
      await client.connect(transport);
      await person.atRest();
      await use(client);
    } catch (error) {
      throw new Error(`mcp-remote said: ${person.printed}`, { cause: error });
    } finally {
      await client.close();
    }
  }

  const seesItsData = async (client: Client): Promise<void> => {
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('search_leads');
    const me = await client.callTool({ name: 'whoami', arguments: {} });
    expect(me.structuredContent).toMatchObject({ email: 'ada@acme.example', tenant_id: 'acme' });
  };

  test('signs its user in, and bridges to the tools', async () => {
    await withServer(seesItsData);
    expect(person.visits).toHaveLength(1);
    expect(person.printed.includes('speaks MCP 2026-07-28')).toBe(protocol === 'auto');
  });

  test('started again, it uses what it has stored', async () => {
    await withServer(seesItsData);
    expect(person.visits).toHaveLength(1);
  });
});
