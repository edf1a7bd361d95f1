// Holds what Web Crypto does, for what happens while a token is looked at.
import { assert, vi } from 'vitest';
import { until } from './session';

type Operation = 'decrypt' | 'wrapKey';

/** Holds the result of the next such operation back until `release`; others pass. */
export function holdCrypto(operation: Operation): { reached(): Promise<void>; release(): void } {
  const gate = Promise.withResolvers<void>();
  const real = (crypto.subtle[operation] as (...input: never[]) => Promise<never>).bind(crypto.subtle);
  let reached = false;
  vi.spyOn(crypto.subtle, operation).mockImplementation(async (...input: unknown[]) => {
    const result = await real(...(input as never[]));
    if (reached) return result;
    reached = true;
    await gate.promise;
    return result;
  });
  return {
    reached: () => until(() => assert(reached, `nothing was asked to ${operation}`)),
    release: () => gate.resolve(),
  };
}
