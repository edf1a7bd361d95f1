// The strategy `custom`: a function of the adopter's own, bounded in time. What it answers is checked, and what it throws
// is logged and counts as "not now".
import * as z from 'zod';
import type { CustomCredential } from '../../define/credential';
import { messageOf } from '../../shared/errors';
import type { CredentialSource, SourceOptions } from './source';

/** As long as one exchange with a backend may take (backend.ts). */
const TIMEOUT_MS = 5_000;
/** As wide as a reason in the audit trail. */
const reason = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);

const obtained = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('granted'),
    accessToken: z.string().min(1),
    expiresInSeconds: z.number().positive().max(31_536_000),
  }),
  z.object({ kind: z.literal('denied'), reason }),
  z.object({ kind: z.literal('unavailable'), reason }),
]);

export function customSource({
  upstream,
  config,
  subject,
  log,
  now,
}: SourceOptions<CustomCredential>): CredentialSource {
  return {
    async obtain() {
      const about = subject();
      if (!about?.user) return { kind: 'unavailable', reason: 'no_session' };
      const { identity, user, scopes } = about;
      const { userId, tenantId } = user;
      try {
        const answer = await withinTime(TIMEOUT_MS, (signal) =>
          upstream.credential.obtain({ user: { userId, tenantId, ...identity }, scopes, ...config, signal }),
        );
        const result = obtained.parse(answer);
        if (result.kind !== 'granted') return result;
        const lifetimeMs = result.expiresInSeconds * 1000;
        const expiresAt = now() + lifetimeMs;
        const { accessToken } = result;
        return { kind: 'granted', credential: { accessToken, refreshToken: null, expiresAt, lifetimeMs, scopes } };
      } catch (error) {
        // The message is the adopter's, or of a library that they use, and may repeat a secret.
        const problem = without(Object.values(config.secrets), messageOf(error));
        log.error('credential.strategy_failed', { upstream: upstream.name, problem });
        return { kind: 'unavailable', reason: 'strategy_failed' };
      }
    },
  };
}

function without(secrets: readonly string[], text: string): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
}

/** @throws Error when the time is up, whether or not the task heeds its signal */
async function withinTime<Result>(ms: number, task: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const timeout = new AbortController();
  const late = new Promise<never>((_resolve, reject) =>
    timeout.signal.addEventListener('abort', () => reject(new Error('the time is up'))),
  );
  const timer = setTimeout(() => timeout.abort(), ms);
  try {
    return await Promise.race([task(timeout.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
