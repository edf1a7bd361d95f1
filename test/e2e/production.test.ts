// `npm run deploy` stops before a configuration that nobody has filled in, or that lacks a binding, reaches Cloudflare.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { experimental_readRawConfig, unstable_readConfig } from 'wrangler';
import { problemsOf, type WranglerConfig } from '../../cli/production.ts';
import { inRepository } from '../../demo/paths.ts';

const file = inRepository('wrangler.toml');
const original = readFileSync(file, 'utf8');
const filled = original.replaceAll('example.com', 'acme.test').replaceAll('replace-me', '0a1b2c3d');

let directory: string;
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), 'production-'))));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function problemsIn(toml: string): string[] {
  const config = join(directory, 'wrangler.toml');
  writeFileSync(config, toml);
  return problemsOf(experimental_readRawConfig({ config }).rawConfig as WranglerConfig);
}

describe('the check before a deployment', () => {
  test('is part of it', () => {
    const { scripts } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts['deploy']).toMatch(/^node cli\/check-production\.ts && wrangler deploy --env production$/);
  });

  test('refuses the file as it comes, and names each value to fill in', () => {
    const script = inRepository('cli/check-production.ts');
    const { status, stderr } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
    expect(status).toBe(1);
    const places = [...stderr.matchAll(/^ {2}(\S+) is still "(.*)"$/gm)].map(([, place]) => place);
    expect(places).toEqual([
      'env.production.routes[0].pattern',
      'env.production.vars.PUBLIC_URL',
      'env.production.vars.IDP_CLIENT_ID',
      'env.production.vars.NEXUS_API_URL',
      'env.production.kv_namespaces[0].id',
      'env.production.d1_databases[0].database_id',
    ]);
  });

  test('lets it pass once it is filled in', () => {
    expect(problemsIn(filled)).toEqual([]);
  });

  test('refuses a block that is older than the gateway', () => {
    const stale = filled.replace(
      /\[\[env\.production\.durable_objects\.bindings\]\]\nname = "(OAUTH|MCP)_.*\n.*\n/g,
      '',
    );
    const said = problemsIn(stale.replace(/\[\[env\.production\.ratelimits\]\](\n.+)+/, '')).join('\n');
    for (const name of ['OAUTH_RECORDS', 'MCP_SESSIONS', '_LIMIT'])
      expect(said).toMatch(new RegExp(`env.production doesn't bind \\S*${name}`));
    expect(problemsOf({})).toEqual(['[env.production] is missing']);
  });

  test.each([
    ['example.com', true],
    ['https://mcp.EXAMPLE.com/path', true],
    ['a.example.com, b.test', true],
    ['my-example.com', false],
    ['example.com.au', false],
    ['example.community', false],
    ['REPLACE-ME', true],
  ])('%s is a placeholder: %s', (value, refused) => {
    const config = { env: { production: { vars: { X: value } } } } as WranglerConfig;
    expect(problemsOf(config)).toHaveLength(refused ? 1 : 0);
  });
});

test.each([undefined, 'production'])('request URLs, which hold codes, are not kept in the log (%s)', (env) => {
  const { observability } = unstable_readConfig({ config: file, ...(env && { env }) });
  expect(observability).toMatchObject({ enabled: true, logs: { enabled: true, invocation_logs: false } });
});

test('no document repeats wrangler.toml, where it would go stale', () => {
  const settings = new Set(original.split('\n').filter((line) => / = |^\[/.test(line) && line.length > 15));
  const documents = [...globSync('docs/*.md', { cwd: inRepository('') }), 'README.md', 'AGENTS.md'];
  expect(documents.length).toBeGreaterThan(10);
  for (const document of documents) {
    const lines = readFileSync(inRepository(document), 'utf8').split('\n');
    expect(
      lines.filter((line) => settings.has(line)),
      document,
    ).toEqual([]);
  }
});
