// One request to the MCP endpoint, in the order of time: `authorize` reads it and asks its session, `respond` answers it,
// `dispose` gives up what nobody needs. A read may begin while the session is asked, with what it granted a moment ago.
// Nothing of such an early read leaves before the session has said yes, and a read of another grant is done again.
import type { Context } from 'hono';
import type { RequestIds } from '../../audit/event';
import type { GatewayDefinition } from '../../define/gateway';
import type { Described, EarlyRun, McpEndpoint } from '../../mcp/http/endpoint';
import { readMessage } from '../../mcp/http/body';
import type { Received } from '../../mcp/calls/message';
import { createRequest, type McpRequest, type RunnableCall } from '../../mcp/calls/request';
import type { PresentedToken, ResourceRequest, ResourceServer } from '../../oauth/resource-server';
import type { PendingOutcomes } from '../../session/client/pending-outcomes';
import { isSameGrant, type Granted, type RecentGrant, type RecentGrants } from '../../session/client/recent-grants';
import { Standing } from '../../session/standing';
import { sessionAt, type AuthorizeResult, type SessionStub } from '../../session/stub';
import { idsOf, type EdgeEnv } from '../context';

export interface LifecycleParts {
  readonly definition: GatewayDefinition;
  readonly endpoint: McpEndpoint;
  readonly outcomes: PendingOutcomes;
  readonly recents: RecentGrants;
  readonly now: () => number;
}

/** The session that a token belongs to, and how the token was presented. */
interface Presented extends PresentedToken {
  readonly session: SessionStub;
  readonly standing: Standing;
}

/** A read that runs before the session has decided. */
interface EarlyRead {
  readonly run: EarlyRun;
  readonly request: McpRequest;
  /** Lets the read ask for more than GETs: the session has said yes. */
  readonly admit: () => void;
}

/** Everything that {@link McpRequestLifecycle.respond} needs. */
interface GrantedRequest {
  readonly presented: Presented;
  readonly received: Received;
  readonly described: Described;
  readonly result: Granted;
}

export class McpRequestLifecycle implements ResourceRequest {
  readonly #context: Context<EdgeEnv>;
  readonly #server: ResourceServer;
  readonly #parts: LifecycleParts;
  #early: EarlyRead | undefined;
  #granted: GrantedRequest | undefined;

  constructor(context: Context<EdgeEnv>, server: ResourceServer, parts: LifecycleParts) {
    this.#context = context;
    this.#server = server;
    this.#parts = parts;
  }

  get log(): EdgeEnv['Variables']['log'] {
    return this.#context.get('log');
  }

  async authorize(token: PresentedToken): Promise<AuthorizeResult> {
    const { recents } = this.#parts;
    try {
      const session = sessionAt(this.#context.env, token.sessionId);
      const { result, upstream } = await this.#ask({ ...token, session });
      if (result.kind === 'granted' && !result.withheld) recents.note(token.token, token.resource, upstream, result);
      else recents.forget(token.token, token.resource);
      return result;
    } catch (error) {
      recents.forget(token.token, token.resource);
      this.log.error('session.authorize_failed', { error });
      // The OAuth library answers 503, and logs nothing.
      throw error;
    }
  }

  /** @returns the session's answer, and the upstream that the request is about */
  async #ask(
    token: Omit<Presented, 'standing'>,
  ): Promise<{ readonly result: AuthorizeResult; readonly upstream: string | null }> {
    const { endpoint, outcomes, recents } = this.#parts;
    const { session, sessionId, resource } = token;
    const http = this.#context.req.raw;
    const received = { http, message: await readMessage(http), oauthSessionId: sessionId };
    const described = await endpoint.describe(received, this.#context.get('config'));
    const { call, lists, mcpSessionId } = described;
    const presented = { ...token, standing: Standing.begin(token.token, session, this.#ids) };
    const begin = call && described.fast?.beginEarly;
    const recent = begin && recents.of(token.token, resource, call);
    if (recent) this.#early = this.#begin(begin, recent, presented);
    const begunBy = recent && { sessionId, caller: recent.caller };
    const result = await outcomes.withPending(sessionId, (ended) =>
      session.authorize({
        token: token.token,
        verified: token.verified,
        resource,
        call,
        lists,
        mcpSessionId,
        begunBy,
        ended,
        ...this.#ids,
      }),
    );
    const upstream = call?.upstream ?? null;
    if (result.kind !== 'granted') return { result, upstream };
    this.#granted = { presented, received, described, result };
    if (recent && !isSameGrant(recent, result)) this.dispose();
    return { result, upstream };
  }

  /** Answers the request that {@link authorize} granted. */
  async respond(): Promise<Response> {
    if (!this.#granted) throw new Error('a request without a decision');
    const { presented, received, described, result } = this.#granted;
    const early = this.#early;
    early?.admit();
    const request = early ? { ...early.request, call: result.call } : this.#requestOf(result, presented);
    const answer = this.#parts.endpoint.respond(received, request, {
      bindings: this.#context.env,
      token: { expiresAt: result.expiresAt, ours: result.ours },
      described,
      early: early?.run,
    });
    const { executionCtx } = this.#context;
    // Without this the runtime stops a request whose client is gone.
    if (described.fast?.outlivesClient)
      executionCtx.waitUntil(answer.then(({ outcome }) => outcome).catch(() => undefined));
    const { response, outcome } = await answer;
    // What runs now runs for this answer.
    this.#early = undefined;
    if (outcome) executionCtx.waitUntil(outcome);
    // The upstream no longer takes the credential.
    if (response.status === 401) this.#parts.recents.forget(presented.token, presented.resource);
    return response;
  }

  /** Gives up an early read that the session refused, or granted to somebody else or with another credential. */
  dispose(): void {
    this.#early?.run.discard();
    this.#early = undefined;
  }

  #begin(
    begin: (request: McpRequest) => EarlyRun,
    { credential, ...grant }: RecentGrant,
    presented: Presented,
  ): EarlyRead {
    const { promise: admitted, resolve } = Promise.withResolvers<undefined>();
    const request = this.#requestOf({ ...grant, call: { credential } }, presented, admitted);
    return { run: begin(request), request, admit: () => resolve(undefined) };
  }

  #requestOf(
    {
      caller,
      access,
      call,
      withheld,
    }: Pick<Granted, 'caller' | 'access' | 'withheld'> & { readonly call?: RunnableCall | undefined },
    { session, sessionId, standing }: Presented,
    admitted?: Promise<undefined>,
  ): McpRequest {
    const { definition, now } = this.#parts;
    const { tenantId, userId, clientId } = caller;
    const log = this.log.with({ tenantId, userId, clientId });
    const around = { definition, config: this.#context.get('config'), log, now, admitted, standing };
    const challenge = this.#server.lostAccess;
    const stepUp = withheld && this.#server.stepUp(withheld.needed);
    const trace = this.#context.get('trace');
    const data = { caller, access, sessionId, call, withheld, challenge, stepUp, ids: this.#ids, trace };
    return createRequest(data, session, around);
  }

  get #ids(): RequestIds {
    return idsOf(this.#context.var);
  }
}
