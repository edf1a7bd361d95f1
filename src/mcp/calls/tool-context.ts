// What a tool, a prompt, a resource or a completer is given to run with: the caller, an API client that acts as that
// caller, and the client at the other end. The token is in the API client alone, which doesn't outlive the call.
import { apiClient, apiMethods, type ApiClient } from '../../define/api';
import type { RequestContext, Round } from '../../define/context';
import type { ToolContext } from '../../define/tool';
import { upstreamOf, type UpstreamDefinition, type UpstreamUse } from '../../define/upstream';
import { traceparent } from '../../shared/trace';
import { createApiClient, type AccessToken } from '../../upstream/client';
import { noAccess, UpstreamError, UpstreamUnauthorizedError } from '../../upstream/errors';
import type { CredentialAnswer } from '../../session/stub';
import { CALL_TIMEOUT_MS } from './limits';
import type { McpRequest } from './request';
import { moreAccessOf } from './request-access';
import type { CallContext, Serving } from './handler-context';

export const FIRST_ROUND: Round = { responses: {}, state: undefined };

/** @param use the upstream that the entry of the definition names; for `none`, the entry's type has no client */
export function contextOf({ request, signal: gone }: CallContext, use: UpstreamUse): ToolContext {
  const upstream = upstreamOf(request.definition, use);
  const endsAt = request.now() + CALL_TIMEOUT_MS;
  let signal: AbortSignal | undefined;
  return {
    // Its own: others are served by the same one (session/client/recent-grants.ts), whatever a run does to it.
    caller: { ...request.caller, scopes: [...request.caller.scopes], attainable: [...request.caller.attainable] },
    get moreAccess() {
      return moreAccessOf(request.caller, request.definition);
    },
    api: upstream ? apiOf(request, upstream, gone, endsAt) : noApi,
    // Most runs leave the time to their API client, and are spared a timer of their own.
    get signal() {
      const left = Math.max(0, endsAt - request.now());
      return (signal ??= AbortSignal.any([gone, AbortSignal.timeout(left)]));
    },
  };
}

/** The same for a run that may talk to its client. */
export function interactiveContextOf(serving: Serving, use: UpstreamUse, round: Round): RequestContext {
  const { client, progress, log } = serving;
  const context = contextOf(serving, use);
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

function apiOf(request: McpRequest, upstream: UpstreamDefinition, signal: AbortSignal, endsAt: number): ApiClient {
  const { config, definition, call, ids } = request;
  const { name, title, headers } = upstream;
  const client = createApiClient({
    baseUrl: config.upstream(name).baseUrl,
    title,
    headers,
    // Only the first upstream's no means that the user has to sign in again.
    vouches: upstream === definition.upstream,
    accessToken: call?.credential ? accessToken(call.credential, title) : { value: '', version: 0 },
    renew: async (version) => accessToken(await request.renew(name, version), title),
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
  // A call that began before the session's yes says that it only reads. What isn't safe waits for that yes all the same.
  return apiClient((method, ...rest) =>
    standing.isFresh && (!admitted || apiMethods[method].safe)
      ? client.request(method, ...rest)
      : stand().then(() => client.request(method, ...rest)),
  );
}

/** For what declares no upstream: it was given no credential, and gets none this way either. */
const noApi = apiClient(() => Promise.reject(new Error('what declares `upstream: none` has no API')));

function accessToken(answer: CredentialAnswer, title: string): AccessToken {
  switch (answer.kind) {
    case 'ready':
      return { value: answer.accessToken, version: answer.version };
    case 'ended':
      throw new UpstreamUnauthorizedError(`no credential: ${answer.reason}`);
    case 'denied':
      throw noAccess(title, `no credential: ${answer.reason}`);
    case 'unavailable':
      throw new UpstreamError(
        'upstream_unavailable',
        `${title} could not be reached to confirm your access. Try again in ${answer.retryAfterSeconds} seconds.`,
        'the credential could not be renewed',
      );
  }
}
