// The Session Durable Object: one user's authorization of one client for one tenant. It is the authorization server's
// shard for its grant, the only place that renews its credential, and where each call's intent is put on record.
// Everything that decides lives in its storage, so it survives eviction at any moment; memory only saves work.
import { DurableObject } from 'cloudflare:workers';
import type { RequestIds } from '../audit/event';
import type { Bindings } from '../config';
import { subjectOf } from '../crypto/subject';
import type { Changed } from '../define/content';
import { createLog, withLog, type Log } from '../shared/log';
import { decide, type ActiveRecord } from './admission';
import { authenticateClient } from './client-authentication';
import type {
  AuthorizeInput,
  AuthorizeResult,
  CredentialAnswer,
  Ended,
  OpenInput,
  Presented,
  SessionObject,
} from './face';
import { ALARM_RETRY_MS, PENDING_MS } from './limits';
import { buildParts, type SessionParts } from './parts';
import { RecordStore } from './record';
import type { SessionSettings } from './settings';
import { exchange } from './token-exchange';
import { TokenCache } from './token-cache';
import { WakeUp } from './wake-up';
import { Watchers } from './watchers';

/** For what must be logged even where the configuration can't be read. */
const plainLog = (): Log => createLog({}, { object: 'session' });

/** The class for wrangler.toml's `Session`, bound to one gateway's settings. */
export function createSessionClass(
  settings: SessionSettings,
): new (ctx: DurableObjectState, env: Bindings) => DurableObject<Bindings> & SessionObject {
  return class Session extends DurableObject<Bindings> implements SessionObject {
    readonly #tokens = new TokenCache();
    readonly #records: RecordStore;
    readonly #wakeUp: WakeUp;
    readonly #watchers: Watchers;
    #built: SessionParts | undefined;

    constructor(ctx: DurableObjectState, env: Bindings) {
      super(ctx, env);
      this.#records = new RecordStore(ctx.storage.kv);
      this.#wakeUp = new WakeUp(ctx.storage, (error) => plainLog().error('session.alarm_not_set', { error }));
      this.#watchers = new Watchers(ctx, {
        listener: (mcpSessionId) => settings.listener(env, mcpSessionId),
        record: () => this.#records.read(),
        log: plainLog,
        now: settings.now,
      });
      void ctx.blockConcurrencyWhile(() => this.#wakeUp.load());
    }

    async open(input: OpenInput): Promise<string> {
      const { records, authority, config } = this.#parts;
      if (records.read()) throw new Error('the session is already open');
      const now = settings.now();
      records.open(input, now);
      this.#wakeUp.by(now + PENDING_MS);
      const { redirectTo } = await authority.helpers().completeAuthorization({
        request: input.request,
        userId: subjectOf(input.sessionId, config.sessionKey),
        metadata: {},
        scope: [...input.scopes],
        props: {},
        revokeExistingGrants: false,
      });
      return redirectTo;
    }

    /** One at a time: a code or refresh token is redeemed against the state that the one before left behind. */
    async tokenEndpoint(request: Request, ids: RequestIds, presented: Presented): Promise<Response> {
      const own = this.#records.read()?.clientId;
      const authenticated = await authenticateClient(request, presented, own, () => this.#parts, ids);
      if (authenticated instanceof Response) return authenticated;
      return this.#parts.tokenRequests.run(async () => {
        const parts = this.#parts;
        parts.cause = ids;
        try {
          const end = (reason: string): void => this.#end(reason, ids);
          const { name: upstream, title: product } = settings.upstream;
          const backend = { ...parts, end, upstream, product, now: settings.now };
          const serve = () => parts.authority.fetch(authenticated, ids, (options) => exchange(backend, options, ids));
          const serveLogged = () => withLog(parts.log.with({ ...ids }), serve);
          return await parts.family.serve(authenticated.presented, serveLogged, () => end('refresh_token_reused'));
        } finally {
          this.#tokens.clear();
          await this.#tidy(ids);
        }
      });
    }

    async authorize(input: AuthorizeInput): Promise<string> {
      return JSON.stringify(await this.#authorize(input));
    }

    async #authorize(input: AuthorizeInput): Promise<AuthorizeResult> {
      if (!this.#records.read() && !input.begunBy) return { kind: 'refused', reason: 'unknown_session' };
      const { journal } = this.#parts;
      journal.arrive(input.ended ?? []);
      const admission = {
        ...this.#parts,
        tokens: this.#tokens,
        active: () => this.#active(),
        causedBy: (ids: RequestIds): void => void (this.#parts.cause = ids),
        now: settings.now,
      };
      const result = await decide(admission, input).finally(() => journal.settle());
      if (result.kind === 'granted') this.#watchers.granted(input);
      // It may have been forgotten meanwhile, and then stays so, but for what it has just put on record.
      if (this.#records.read() || input.begunBy) this.#schedule();
      return result;
    }

    async noteAccessDenied(ids: RequestIds): Promise<void> {
      if (!this.#active()) return;
      this.#parts.stepUps.denied(ids);
      this.#schedule();
    }

    async publish(changes: readonly Changed[]): Promise<void> {
      this.#watchers.publish(changes);
    }

    async adopt(mcpSessionId: string): Promise<void> {
      if (this.#active()) this.#watchers.adopt(mcpSessionId);
    }

    async watch(mcpSessionId: string): Promise<boolean> {
      if (!this.#active()) return false;
      this.#watchers.add(mcpSessionId);
      return true;
    }

    async unwatch(mcpSessionId: string): Promise<void> {
      this.#watchers.remove(mcpSessionId);
    }

    /** The WebSocket of an edge that listens for changes, and whose caller was admitted a moment ago. */
    override async fetch(_request: Request): Promise<Response> {
      return this.#active() ? this.#watchers.connect() : new Response(null, { status: 410 });
    }

    async renew(version: number, ids: RequestIds): Promise<CredentialAnswer> {
      const ended = { kind: 'ended', reason: 'session_ended' } as const;
      if (!this.#active()) return ended;
      this.#parts.cause = { requestId: ids.requestId, traceId: ids.traceId };
      const answer = await this.#parts.keeper.current(version);
      return this.#active() || answer.kind === 'ended' ? answer : ended;
    }

    async complete(ended: readonly Ended[]): Promise<void> {
      if (!this.#records.read()) return;
      this.#parts.journal.complete(ended);
      this.#schedule();
    }

    async revoke(reason: string, ids: RequestIds): Promise<void> {
      this.#end(reason, ids);
    }

    override async alarm(): Promise<void> {
      this.#wakeUp.rang();
      try {
        await this.#keepBooks();
      } catch (error) {
        // The platform gives up an alarm that keeps failing, and what waits here must not be forgotten with it.
        plainLog().error('session.alarm_failed', { error });
        this.#wakeUp.by(settings.now() + ALARM_RETRY_MS);
      }
    }

    async #keepBooks(): Promise<void> {
      const { records, shard, journal, tokenRequests } = this.#parts;
      const ids = { requestId: 'alarm', traceId: crypto.randomUUID().replaceAll('-', '') };
      shard.sweep();
      const record = records.read();
      if (record && record.status !== 'ended' && shard.grantExpiresAt() === undefined)
        this.#end(record.status === 'pending' ? 'code_not_redeemed' : 'expired', ids);
      await Promise.all([journal.flush(), this.#watchers.tellAgain()]);
      this.#schedule();
      // Nothing left to decide or to send? Not while a token request is under way.
      const over = () => this.#nextDue() === Infinity && !this.#active();
      if (over()) await tokenRequests.run(async () => (over() ? this.#forget() : this.#schedule()));
    }

    #end(reason: string, ids: RequestIds): void {
      const record = this.#records.read();
      if (!record || record.status === 'ended') return;
      const { records, shard, keeper, journal } = this.#parts;
      records.update({ status: 'ended', endedAt: settings.now(), endReason: reason });
      journal.note('session_end', 'success', ids, { reason });
      shard.clear();
      keeper.clear();
      this.#tokens.clear();
      this.#watchers.end();
      this.#schedule();
    }

    /** After a token request: a grant that it revoked ends the session, and what an ended session left goes. */
    async #tidy(ids: RequestIds): Promise<void> {
      const record = this.#records.read();
      if (!record) return this.#forget();
      const { shard } = this.#parts;
      if (record.status === 'ended') shard.clear();
      else if (shard.grantExpiresAt() === undefined) this.#end('grant_revoked', ids);
      else this.#watchers.scopesAre(record);
      this.#schedule();
    }

    /** The session's record, as long as its tokens are good. */
    #active(): ActiveRecord | undefined {
      const record = this.#records.read();
      return record?.user && record.status === 'active' ? { ...record, user: record.user } : undefined;
    }

    /** An empty object costs nothing. */
    async #forget(): Promise<void> {
      // At once, so that nobody who runs meanwhile finds a session; and what knows the tables only when those are gone.
      this.#records.emptied();
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
      this.#built = undefined;
    }

    get #parts(): SessionParts {
      this.#built ??= buildParts(this.ctx, this.env, settings, this.#records, {
        renewed: () => {
          const record = this.#active();
          if (record) this.#watchers.scopesAre(record);
          this.#schedule();
        },
        denied: (reason, ids) => this.#end(reason, ids),
      });
      return this.#built;
    }

    #schedule(): void {
      this.#wakeUp.by(this.#nextDue());
    }

    /** The next batch to D1, the end of the grant, or another try to tell of it, whichever is first. */
    #nextDue(): number {
      const { journal, shard } = this.#parts;
      const grantEnds = shard.grantExpiresAt();
      const times = [journal.nextDue(), this.#watchers.nextTelling(), grantEnds && grantEnds + 1_000];
      return Math.min(...times.filter((time) => time !== undefined));
    }
  };
}
