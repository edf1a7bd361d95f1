// A form of ours is answered once. The same form again from the same browser (a second click, a reload) gets the same
// answer; another answer to the form is refused. The first answer that is written down counts, in whichever isolate, so a
// second click doesn't wait for the first. The answer may hold an authorization code, so it is kept sealed under the form's
// own handle.
import { createHash } from 'node:crypto';
import type { OAuthHelpers } from '@cloudflare/workers-oauth-provider';
import { digestOfToken } from '../../crypto/token-digest';
import { openByToken, sealByToken } from '../../crypto/token-seal';
import { recordAt } from '../store/record-stub';
import { cookiesOf } from './browser';
import { isRemoval } from './remembered-consent';
import { peekingHelpers, type SignInFailure, type SignInScope, type SignInStep } from './step';

/** As long as the library keeps the transaction: no form outlives the memory of its answer. */
const KEEP_SECONDS = 600;
const PURPOSE = 'answered-form';

export interface Answer {
  readonly step: SignInStep;
  /** The form wasn't taken up: it belongs to another browser, or to no transaction. Its own browser may still answer it. */
  readonly refused?: true;
  /** Runs once, however often the form is sent. */
  readonly once?: () => void;
}

export interface AnsweredForm {
  readonly request: Request;
  /** The library's handle of the transaction that the form belongs to. */
  readonly handle: string;
  readonly form: URLSearchParams;
}

/**
 * @param answer takes up the transaction, by helpers that leave it in place
 * @returns undefined for a form that was answered differently before, or in another browser
 */
export async function answerOnce(
  { request, handle, form }: AnsweredForm,
  scope: SignInScope,
  answer: (oauth: OAuthHelpers) => Promise<Answer>,
): Promise<SignInStep | undefined> {
  const hash = digestOfToken(handle);
  const digest = digestOf(form);
  const record = recordAt(scope.bindings, `answer:${hash}`);
  // The library binds a transaction to its browser by a cookie that holds this hash. No other browser wakes an object.
  const isBound = [...cookiesOf(request).values()].includes(hash);
  const written = (): Promise<string | null> => (isBound ? record.read() : Promise.resolve(null));
  const before = await written();
  if (before !== null) return again(before, handle, digest);

  let answered: Answer | undefined;
  let problem: unknown;
  try {
    answered = await answer(peekingHelpers(scope));
  } catch (error) {
    problem = error;
  }
  if (!answered || answered.refused || mayBeTriedAgain(answered.step)) {
    // The transaction goes once an answer is written. So when it is gone, that may have happened just now.
    const meanwhile = await written();
    if (meanwhile !== null) return again(meanwhile, handle, digest);
    if (!answered) throw problem;
    return mayBeTriedAgain(answered.step) ? withBinding(answered.step) : answered.step;
  }
  const { step, once } = answered;
  const kept = withBinding(step);
  if (!(await record.create(await sealByToken(write(kept, digest), handle, PURPOSE), KEEP_SECONDS)))
    return again((await record.read()) ?? '', handle, digest);
  await recordAt(scope.bindings, `transaction:${hash}`).take();
  once?.();
  return kept;
}

const FOR_NOW: ReadonlySet<SignInFailure> = new Set([
  'backend_unavailable',
  'client_unreachable',
  'sign_in_provider_unavailable',
]);

/** The backend, the client's host or the provider could not be reached: the same form may be sent again. */
function mayBeTriedAgain(step: SignInStep): boolean {
  return step.kind === 'failed' && FOR_NOW.has(step.failure);
}

interface Kept {
  readonly digest: string;
  readonly step: object;
  readonly headers: readonly (readonly [string, string])[];
}

/** The binding cookie stays until it expires, so that the same browser is recognized. It opens nothing any more. */
function withBinding(step: SignInStep): SignInStep {
  const headers = new Headers(step.headers);
  headers.delete('Set-Cookie');
  for (const cookie of step.headers?.getSetCookie() ?? []) if (!isRemoval(cookie)) headers.append('Set-Cookie', cookie);
  return { ...step, headers };
}

function write({ headers, ...step }: SignInStep, digest: string): string {
  // An array keeps two `Set-Cookie` headers apart; an object would lose one.
  return JSON.stringify({ digest, step, headers: [...(headers ?? [])] } satisfies Kept);
}

async function again(sealed: string, handle: string, digest: string): Promise<SignInStep | undefined> {
  const opened = await openByToken(sealed, handle, PURPOSE);
  if (opened === undefined) return undefined;
  const kept = JSON.parse(opened) as Kept;
  if (kept.digest !== digest) return undefined;
  const headers = new Headers();
  for (const [name, value] of kept.headers) headers.append(name, value);
  return { ...kept.step, headers } as SignInStep;
}

function digestOf(form: URLSearchParams): string {
  const fields = [...form].map(([name, value]) => JSON.stringify([name, value])).toSorted();
  return createHash('sha256').update(fields.join()).digest('hex');
}
