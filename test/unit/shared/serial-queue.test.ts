// Tasks that must not interleave.
import { expect, test } from 'vitest';
import { SerialQueue } from '../../../src/shared/serial-queue';

test('runs one task at a time, in the order they came', async () => {
  const file = new SerialQueue();
  const seen: string[] = [];
  const task = (name: string) => async () => {
    seen.push(`${name} begins`);
    await Promise.resolve();
    await Promise.resolve();
    seen.push(`${name} ends`);
    return name;
  };
  expect(await Promise.all([file.run(task('a')), file.run(task('b'))])).toEqual(['a', 'b']);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('a task that fails, at once or later, fails for its caller only', async () => {
  const file = new SerialQueue();
  const failed = file.run(() => Promise.reject(new Error('later')));
  const thrown = file.run(() => {
    throw new Error('at once');
  });
  const after = file.run(() => Promise.resolve('fine'));
  await expect(failed).rejects.toThrow('later');
  await expect(thrown).rejects.toThrow('at once');
  expect(await after).toBe('fine');
});
