// Two projects: what runs in workerd, where the gateway runs, and what needs Node around it (browsers, whole stacks).
import { availableParallelism } from 'node:os';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { testVars } from './test/support/vars.ts';

// What src imports by name.
const libraries = [
  '@cloudflare/workers-oauth-provider',
  '@modelcontextprotocol/server',
  '@modelcontextprotocol/server/validators/cf-worker',
  'hono',
  'hono/html',
  'hono/jsx',
  'hono/jsx/jsx-runtime',
  'jose',
  'oauth4webapi',
  'zod',
];

export default defineConfig({
  test: {
    // The gateway logs as it should; what a passing test made it say is of no interest.
    silent: 'passed-only',
    // A file waits for its runtime about as long as it computes, so two at a time serve even a small machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: testVars, d1Databases: { CRM_DB: 'crm' } },
          }),
        ],
        test: {
          name: 'workerd',
          include: ['test/{unit,gateway,durable,nexus}/**/*.test.ts'],
          // The first import of a file bundles the whole gateway.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          // Each file has a runtime of its own. Bundled once, a library is one module to load instead of a hundred.
          deps: { optimizer: { ssr: { enabled: true, include: libraries } } },
        },
      },
      {
        test: {
          name: 'node',
          include: ['test/{browser,e2e}/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Each of these starts whole servers or a browser.
          fileParallelism: false,
        },
      },
    ],
  },
});
