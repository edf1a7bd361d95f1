// Three projects. "gateway" and "nexus" run in workerd, as the gateway does. The tests of the gateway run on a product of
// their own (test/product/); "nexus" is of the reference product, and is found by its file: it goes when the product goes.
// "node" is what needs Node around it: browsers and whole stacks.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { testVars } from './test/support/vars.ts';
import { workerdProject } from './test/support/workerd-project.ts';

export default defineConfig({
  test: {
    // The gateway logs as it should; what a passing test made it say is of no interest.
    silent: 'passed-only',
    // A file waits for its runtime about as long as it computes, so two at a time serve even a small machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      workerdProject({
        name: 'gateway',
        include: ['test/{unit,gateway,durable}/**/*.test.ts'],
        main: 'test/product/worker.ts',
        bindings: { ...testVars, CROWD: process.env['CROWD'] ?? '' },
      }),
      'test/*/vitest.config.ts',
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
