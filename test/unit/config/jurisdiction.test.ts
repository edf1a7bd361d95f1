// Every object is asked for within the jurisdiction. workerd has none, so the namespaces here are recorded stubs.
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { parseConfig, type Bindings } from '../../../src/config';
import { mcpSessionAt } from '../../../src/mcp/sessions/stub';
import { shelfApi } from '../../product/definition';
import { sessionAt } from '../../../src/session/stub';
import { clientAt, recordAt } from '../../../src/oauth/store/record-stub';
import { recordedNamespaces } from '../../support/jurisdictions';

declare global {
  interface ImportMeta {
    /** Vite's, resolved when the tests are built. */
    glob(pattern: string, options: { query: '?raw'; import: 'default'; eager: true }): Record<string, string>;
  }
}

const everywhere = async (bindings: Bindings): Promise<void> => {
  await sessionAt(bindings, 'a-session').revoke('test', { requestId: 'r', traceId: 't' });
  await mcpSessionAt(bindings, 'an-mcp-session').changed([]);
  await recordAt(bindings, 'a-record').read();
  await clientAt(bindings, 'a-client').lookUp();
};

describe('DATA_JURISDICTION', () => {
  test.each([
    ['eu', 'eu: '],
    ['fedramp', 'fedramp: '],
    ['', ''],
    [undefined, ''],
  ])('%s: each kind of object is asked for there, and nowhere else', async (given, place) => {
    const { namespaces, asked } = recordedNamespaces();
    await everywhere({ ...env, ...namespaces, DATA_JURISDICTION: given } as unknown as Bindings);
    expect(asked).toEqual([
      `${place}SESSIONS a-session`,
      `${place}MCP_SESSIONS an-mcp-session`,
      `${place}OAUTH_RECORDS a-record`,
      `${place}OAUTH_RECORDS client:a-client`,
    ]);
  });

  test('changes nothing on localhost, where workerd has none', async () => {
    const { namespaces, asked } = recordedNamespaces();
    const local = { ...env, ...namespaces, DATA_JURISDICTION: 'eu', PUBLIC_URL: 'http://localhost:8787' };
    await everywhere(local);
    expect(asked[0]).toBe('SESSIONS a-session');
    expect(parseConfig(local, shelfApi).jurisdiction).toBeNull();
  });

  test('stops the gateway where the runtime doesn’t offer it', () => {
    expect(() => parseConfig({ ...env, DATA_JURISDICTION: 'eu' }, shelfApi)).toThrow(
      /^DATA_JURISDICTION: is not offered by this runtime/,
    );
  });

  test('is never left out with a part of the environment, nor misspelt', async () => {
    const { namespaces, asked } = recordedNamespaces();
    const part = { SESSIONS: namespaces['SESSIONS'] } as unknown as Bindings;
    const misspelt = { ...env, ...namespaces, DATA_JURISDICTION: 'europe' } as unknown as Bindings;
    for (const bindings of [part, misspelt])
      await expect(sessionAt(bindings, 's').unwatch('m')).rejects.toThrow(/where data may be is unknown/);
    expect(asked).toEqual([]);
  });
});

test('no other file of the gateway reaches into a namespace', () => {
  const sources = import.meta.glob('../../../src/**/*.{ts,tsx}', {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  const reaching = Object.entries(sources)
    .filter(([, text]) => /\b(idFromName|idFromString|newUniqueId|getByName|jurisdiction\()/.test(text))
    .map(([path]) => path.replace(/^.*\/src\//, ''));
  // config/index.ts names the methods by which it recognises a namespace.
  expect(reaching.sort()).toEqual(['config/index.ts', 'config/objects.ts']);
});
