// Runs for each test file (vitest's `setupFiles`). Files share a runtime one after another, so none leaves anything behind:
// no spy, no global, no clock, no provider's metadata (noted, maybe, at a later hour) and no objects to look through.
import { afterAll, vi } from 'vitest';
import { forgetProviders } from '../../src/oauth/sign-in/provider';
import { forgetObjects } from './objects';

afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
  forgetProviders();
  await forgetObjects();
});
