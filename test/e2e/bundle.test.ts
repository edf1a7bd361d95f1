// What would be deployed: built as `wrangler deploy` builds it, small, and without a line of the demo.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** An isolate parses the whole bundle at each cold start. */
const MAX_GZIP_BYTES = 250 * 1024;

let directory: string;
let inputs: string[];
let code: Buffer;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'gateway-bundle-'));
  const wrangler = [
    'node_modules/wrangler/bin/wrangler.js',
    'deploy',
    '--dry-run',
    '--metafile',
    '--outdir',
    directory,
  ];
  execFileSync(process.execPath, wrangler, { stdio: 'pipe', env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } });
  const meta = JSON.parse(readFileSync(join(directory, 'bundle-meta.json'), 'utf8')) as {
    inputs: Record<string, unknown>;
  };
  inputs = Object.keys(meta.inputs);
  code = readFileSync(join(directory, 'index.js'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('holds no demo or test code', () => {
  expect(inputs.some((input) => input.endsWith('src/nexus/definition.ts'))).toBe(true);
  expect(
    inputs.filter((input) =>
      /(^|\/)(demo|test|bench)\/|oidc-provider|miniflare|vitest/.test(input.replace(/node_modules\/.*?\/dist\//, '')),
    ),
  ).toEqual([]);
  // Words that only the demo's seed and login page hold.
  for (const word of ['Ada Lovelace', 'mallory@elsewhere.example', '__demo'])
    expect(code.includes(word), word).toBe(false);
});

test(`stays under ${MAX_GZIP_BYTES / 1024} KiB, compressed`, () => {
  expect(gzipSync(code).byteLength).toBeLessThan(MAX_GZIP_BYTES);
});
