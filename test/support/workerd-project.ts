// A vitest project whose tests run in workerd, in or beside the gateway of one product.
import { join } from 'node:path';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import type { TestProjectInlineConfiguration } from 'vitest/config';

const repository = join(import.meta.dirname, '../..');

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

export interface WorkerdProject {
  readonly name: string;
  /** Globs of its tests, from the repository's root. */
  readonly include: string[];
  /** The Worker that `exports` and the Durable Objects are of, from the repository's root; else the deployed one. */
  readonly main?: string;
  readonly bindings: Record<string, string>;
  /** D1 databases beside the gateway's own, by their binding. */
  readonly d1Databases?: Record<string, string>;
}

export function workerdProject({ name, include, main, bindings, d1Databases = {} }: WorkerdProject) {
  return {
    root: repository,
    plugins: [
      cloudflareTest({
        ...(main !== undefined && { main: join(repository, main) }),
        wrangler: { configPath: join(repository, 'wrangler.toml') },
        miniflare: { bindings, d1Databases },
      }),
    ],
    test: {
      // Also for a project that is found by its file.
      root: repository,
      name,
      include,
      // The first import of a file bundles the whole gateway.
      testTimeout: 30_000,
      hookTimeout: 30_000,
      // Files follow each other in one runtime: to start it and to load the gateway takes longer than most files.
      isolate: false,
      setupFiles: [join(repository, 'test/support/after-file.ts')],
      // Bundled once, a library is one module to load instead of a hundred.
      deps: { optimizer: { ssr: { enabled: true, include: libraries } } },
    },
  } satisfies TestProjectInlineConfiguration;
}
