// What a tool, a prompt, a resource or a completer is given to run with: the caller, an API client that acts as that
// caller, and the client at the other end. The token is in the API client alone, which doesn't outlive the call.
import type { ApiClient } from '../../define/api';
import type { RequestContext, Round } from '../../define/context';
import type { ToolContext } from '../../define/tool';
import { traceparent } from '../../shared/trace';
import { createApiClient, type AccessToken } from '../../upstream/client';
import { UpstreamError, UpstreamUnauthorizedError } from '../../upstream/errors';
import type { CredentialAnswer } from '../../session/stub';
import { CALL_TIMEOUT_MS } from './limits';
import type { McpRequest } from './request';
import { moreAccessOf } from './request-access';
import type { CallContext, Serving } from './handler-context';

export const FIRST_ROUND: Round = { responses: {}, state: undefined };

/** @param upstream what the entry of the definition declares */
export function contextOf({ request, signal: gone }: CallContext, upstream: 'default' | 'none'): ToolContext {
  const endsAt = request.now() + CALL_TIMEOUT_MS;
  let signal: AbortSignal | undefined;
  return {
    // Its own: others are served by the same one (session/client/recent-grants.ts), whatever a run does to it.
    caller: { ...request.caller, scopes: [...request.caller.scopes], attainable: [...request.caller.attainable] },
    get moreAccess() {
      return moreAccessOf(request.caller, request.definition);
    },
    api: upstream === 'none' ? noApi : apiOf(request, gone, endsAt),
    // Most runs leave the time to their API client, and are spared a timer of their own.
    get signal() {
      const left = Math.max(0, endsAt - request.now());
      return (signal ??= AbortSignal.any([gone, AbortSignal.timeout(left)]));
    },
  };
}

/** The same for a run that may talk to its client. */
export function interactiveContextOf(serving: Serving, upstream: 'default' | 'none', round: Round): RequestContext {
  const { client, progress, log } = serving;
  const context = contextOf(serving, upstream);
  const { caller, api } = context;
  return {
    caller,
    get moreAccess() {
      return context.moreAccess;
    },
    api,
    get signal() {
      return context.signal;
    },
    client: client.view,
    round,
    progress,
    log,
  };
}

function apiOf(request: McpRequest, signal: AbortSignal, endsAt: number): ApiClient {
  const { config, definition, call, ids } = request;
  const { title } = definition.upstream;
  const client = createApiClient({
    baseUrl: config.upstream.baseUrl,
    title,
    accessToken: call?.credential ? accessToken(call.credential, title) : { value: '', version: 0 },
    renew: async (version) => accessToken(await request.renew(version), title),
    requestId: ids.requestId,
    traceparent: traceparent(request.trace),
    signal,
    timeLeft: () => endsAt - request.now(),
  });
  const { admitted, standing } = request;
  /** A run may take a minute: what it sends later than a moment after the session's yes, it sends by another yes. */
  const stand = async (): Promise<void> => {
    await admitted;
    if (standing.isFresh) return;
    const stands = await standing.holds().catch((cause: unknown) => {
      const message = 'The gateway could not confirm your access. Try again in a moment.';
      throw new UpstreamError('upstream_unavailable', message, 'the session could not be asked again', { cause });
    });
    if (!stands) throw new UpstreamUnauthorizedError('the session has ended');
  };
  const fresh = Promise.resolve();
  // Begun early, it was because it said that it only reads: whatever else it sends waits until that is allowed.
  const now = (): Promise<void> => (!admitted && standing.isFresh ? fresh : stand());
  return {
    get: (...input) => (standing.isFresh ? client.get(...input) : stand().then(() => client.get(...input))),
    post: (...input) => now().then(() => client.post(...input)),
    patch: (...input) => now().then(() => client.patch(...input)),
  };
}

/** For what declares no upstream: it was given no credential, and gets none this way either. */
const refuseRequest = () => Promise.reject(new Error('what declares `upstream: none` has no API'));
const noApi: ApiClient = { get: refuseRequest, post: refuseRequest, patch: refuseRequest };

function accessToken(answer: CredentialAnswer, title: string): AccessToken {
  switch (answer.kind) {
    case 'ready':
      return { value: answer.accessToken, version: answer.version };
    case 'ended':
      throw new UpstreamUnauthorizedError(`no credential: ${answer.reason}`);
    case 'unavailable':
      throw new UpstreamError(
        'upstream_unavailable',
        `${title} could not be reached to confirm your access. Try again in ${answer.retryAfterSeconds} seconds.`,
        'the credential could not be renewed',
      );
  }
}
