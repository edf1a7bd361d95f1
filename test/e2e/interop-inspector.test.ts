// The MCP Inspector's command line, with its own OAuth: it opens a browser, keeps its tokens in its home, and renews
// them there.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../../demo/ports.ts';
import { startStack, type Neighbours } from '../../demo/stack.ts';
import { type Finished, Home, Person, runProgram } from './interop-programs.ts';

const cli = findInspector();
if (cli === undefined) {
  console.warn('MCP Inspector tests skipped: npm install --no-save @modelcontextprotocol/inspector@2.12.0');
}

function findInspector(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector/package.json');
    return join(dirname(manifest), 'clients/cli/build/index.js');
  } catch {
    return undefined;
  }
}

describe.skipIf(cli === undefined)('MCP Inspector', () => {
  let stack: Neighbours;
  let home: Home;
  let callback: string;
  const person = new Person();
  beforeAll(async () => {
    home = new Home();
    stack = await startStack();
    const [port = 0] = await freePorts(1);
    callback = `http://127.0.0.1:${port}/oauth/callback`;
  });
  afterAll(async () => {
    await stack?.stop();
    home?.[Symbol.dispose]();
  });

  /** @param args after the connector URL */
  function inspect(...args: string[]): Promise<Finished> {
    return runProgram(
      [cli ?? '', `${stack.gatewayUrl}/mcp`, '--format', 'json', '--callback-url', callback, ...args],
      { home, person, asks: /Please navigate to: (\S+)\n/, login: 'ada@acme.example' },
      // Sign in although nobody sits at a terminal, and keep the tokens in the home rather than in a keychain.
      { MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'file' },
    );
  }
  const whoami = ['--method', 'tools/call', '--tool-name', 'whoami'];
  const ada = { result: { structuredContent: { email: 'ada@acme.example', tenant_id: 'acme' } } };

  test('signs its user in and lists the tools', async () => {
    const { code, stdout } = await inspect('--method', 'tools/list');
    expect(code, person.printed).toBe(0);
    const { result } = JSON.parse(stdout) as { result: { tools: { name: string }[] } };
    expect(result.tools.map(({ name }) => name)).toContain('search_leads');
    expect(person.visits).toHaveLength(1);
  });

  test.each(['legacy', 'modern', 'auto'])('calls with its stored token (%s)', async (era) => {
    const { code, stdout } = await inspect(...whoami, '--stored-auth-only', '--protocol-era', era);
    expect(code, person.printed).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject(ada);
  });

  /** What it keeps is JSON in JSON. */
  const storedToken = /(access_token\\?":\s*\\?")([^"\\]+)/;

  test('renews a token that is no longer taken, without its user', async () => {
    const secrets = join(home.directory, '.mcp-inspector/secrets.json');
    const before = readFileSync(secrets, 'utf8');
    writeFileSync(secrets, before.replace(storedToken, '$1$2x'));
    expect(readFileSync(secrets, 'utf8')).not.toBe(before);
    const { code, stdout } = await inspect(...whoami, '--stored-auth-only');
    expect(code, person.printed).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject(ada);
    expect(person.visits).toHaveLength(1);
  });

  test('forgets them and has its user sign in again when told to', async () => {
    const { code, stdout } = await inspect(...whoami, '--relogin');
    expect(code, person.printed).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject(ada);
    expect(person.visits).toHaveLength(2);
  });
});
