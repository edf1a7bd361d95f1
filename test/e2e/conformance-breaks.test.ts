// `npm run conformance` can fail: a score of 100 % from a command that can't would say nothing.
import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { inRepository } from '../../demo/paths.ts';

function conformance(...options: string[]): Promise<{ code: unknown; said: string }> {
  const args = [inRepository('test/conformance/run.ts'), ...options];
  return new Promise((resolve) =>
    execFile(process.execPath, args, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, said: stdout + stderr }),
    ),
  );
}

test('a fixture that is broken on purpose fails the run, and is named', async () => {
  const { code, said } = await conformance('--only', 'tools-call-simple-text', '--break', 'test_simple_text');
  for (const revision of ['2026-07-28', '2025-11-25']) expect(said).toContain(`${revision}: 0/1`);
  expect(said).toContain('tools-call-simple-text (failure)');
  expect(code).toBe(1);
});
