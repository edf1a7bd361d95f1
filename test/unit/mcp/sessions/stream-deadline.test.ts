// When a stream of changes ends: by the clock, whoever issued the token that opened it.
import { expect, test } from 'vitest';
import { streamEndsAt } from '../../../../src/mcp/sessions/stream-deadline';

const HOUR = 3_600_000;

test.each([
  ['ours, good for an hour', { expiresAt: HOUR, ours: true }, 8 * HOUR],
  ['ours, good for a day', { expiresAt: 24 * HOUR, ours: true }, 8 * HOUR],
  ['another issuer’s, good for an hour', { expiresAt: HOUR, ours: false }, HOUR + 60_000],
  ['another issuer’s, good for a day', { expiresAt: 24 * HOUR, ours: false }, 8 * HOUR],
])('%s', (_token, token, end) => {
  expect(streamEndsAt(0, token)).toBe(end);
  expect(streamEndsAt(5, token) - end).toBe(end === 8 * HOUR ? 5 : 0);
});
