// The Session Durable Object: one user's authorization of one client for one tenant. It holds the session's grant for the
// authorization server, is the only place that renews the credential, and puts each call's intent on record.
// Everything that decides is in its storage, so it survives an eviction at any moment. Memory only saves work.
import { DurableObject } from 'cloudflare:workers';
import type { Outcome, RequestIds } from '../audit/event';
import type { Sender } from '../audit/sender';
import type { Bindings } from '../config';
import { subjectOf } from '../crypto/subject';
import type { Changed } from '../define/content';
import { createLog, type Log } from '../shared/log';
import { monotonic } from '../shared/monotonic';
import { authorize } from './authorize';
import type { AuthorizeInput, AuthorizeResult, CredentialAnswer, OpenInput, Presented, SessionObject } from './stub';
import { ALARM_RETRY_MS, PENDING_MS } from './limits';
import { activeRecord, buildComponents, endOfSession, nextDue, type SessionComponents } from './components';
import { accessOf, RecordStore, withGrant, type ActiveRecord } from './record';
import type { SessionSettings } from './settings';
import { AccessTokenCache } from './access-token-cache';
import { TokenRequests } from './token-requests';
import { CallsInFlight } from './calls-in-flight';
import { Alarm } from './alarm';
import { ChangeFeed } from './change-feed';

/** The alarm has no request: each has ids of its own. */
const alarmIds = (): RequestIds => ({ requestId: 'alarm', traceId: crypto.randomUUID().replaceAll('-', '') });

/** For log lines that must not depend on a readable configuration. */
const plainLog = (): Log => createLog({}, { object: 'session' });

/** The class for wrangler.toml's `Session`, bound to one gateway's settings. */
export function createSessionClass(
  settings: SessionSettings,
): new (ctx: DurableObjectState, env: Bindings) => DurableObject<Bindings> & SessionObject {
  return class Session extends DurableObject<Bindings> implements SessionObject {
    readonly #tokens = new AccessTokenCache();
    readonly #records: RecordStore;
    readonly #alarm: Alarm;
    readonly #changeFeed: ChangeFeed;
    readonly #inFlight = new CallsInFlight(monotonic, settings.sleep);
    readonly #tokenRequests: TokenRequests;
    #built: SessionComponents | undefined;

    constructor(ctx: DurableObjectState, env: Bindings) {
      super(ctx, env);
      this.#records = new RecordStore(ctx.storage.kv);
      this.#alarm = new Alarm(ctx.storage, (event, error) => plainLog().error(`session.${event}`, { error }));
      this.#changeFeed = new ChangeFeed(ctx, {
        listener: (mcpSessionId) => settings.listener(env, mcpSessionId),
        record: () => this.#records.read(),
        log: plainLog,
        now: settings.now,
      });
      const host = {
        records: this.#records,
        parts: () => this.#parts,
        end: (reason: string, ids: RequestIds, sender: Sender) => this.#end(reason, ids, sender),
        settle: (ids: RequestIds) => this.#tidy(ids),
        quiet: () => this.#inFlight.quiet(),
        usedAt: (digest: string) => this.#tokens.usedAt(digest),
      };
      this.#tokenRequests = new TokenRequests(host, settings);
      void ctx.blockConcurrencyWhile(() => this.#alarm.load());
    }

    async open(input: OpenInput): Promise<string> {
      const { records, grantServer, config } = this.#parts;
      if (records.read()) throw new Error('the session is already open');
      const now = settings.now();
      records.open(withGrant(input), now);
      this.#alarm.by(now + PENDING_MS);
      return grantServer.grant(input, subjectOf(input.sessionId, config.sessionKey));
    }

    tokenEndpoint(request: Request, ids: RequestIds, presented: Presented): Promise<Response> {
      return this.#tokenRequests.serve(request, ids, presented);
    }

    async authorize(input: AuthorizeInput): Promise<string> {
      return JSON.stringify(await this.#authorize(input));
    }

    async #authorize(input: AuthorizeInput): Promise<AuthorizeResult> {
      if (!this.#records.read() && !input.begunBy) return { kind: 'refused', reason: 'unknown_session' };
      const { auditTrail } = this.#parts;
      this.#inFlight.ended(input.ended ?? []);
      auditTrail.complete(input.ended ?? []);
      const admission = {
        ...this.#parts,
        tokens: this.#tokens,
        active: () => this.#active(),
        granted: (eventId: string): void => this.#inFlight.granted(eventId),
        policyOf: settings.policyOf,
        now: settings.now,
      };
      const result = await authorize(admission, input);
      if (result.kind === 'granted') this.#changeFeed.granted(input);
      // The session may have been forgotten in the meantime. Then only what was just put on record needs the alarm.
      if (this.#records.read() || input.begunBy) this.#schedule();
      return result;
    }

    async noteAccessDenied(ids: RequestIds): Promise<void> {
      if (!this.#active()) return;
      this.#parts.stepUps.denied(ids);
      this.#schedule();
    }

    async publish(changes: readonly Changed[]): Promise<void> {
      this.#changeFeed.publish(changes);
    }

    async adopt(mcpSessionId: string): Promise<void> {
      if (this.#active()) this.#changeFeed.adopt(mcpSessionId);
    }

    async watch(mcpSessionId: string): Promise<boolean> {
      if (!this.#active()) return false;
      this.#changeFeed.add(mcpSessionId);
      return true;
    }

    async unwatch(mcpSessionId: string): Promise<void> {
      this.#changeFeed.remove(mcpSessionId);
    }

    /** The WebSocket of an edge that listens for changes, and whose caller was admitted a moment ago. */
    override async fetch(_request: Request): Promise<Response> {
      return this.#active() ? this.#changeFeed.connect() : new Response(null, { status: 410 });
    }

    async renew(upstream: string, version: number, ids: RequestIds): Promise<CredentialAnswer> {
      const ended = { kind: 'ended', reason: 'session_ended' } as const;
      if (!this.#active()) return ended;
      const { requestId, traceId } = ids;
      const answer = await this.#parts.credentials.of(upstream).current({ requestId, traceId }, version);
      return this.#active() || answer.kind === 'ended' ? answer : ended;
    }

    async complete(ended: readonly Outcome[]): Promise<void> {
      this.#inFlight.ended(ended);
      if (!this.#records.read()) return;
      this.#parts.auditTrail.complete(ended);
      this.#schedule();
    }

    /** Whether what was granted to this token still holds. This yes holds as long as any other (calls-in-flight.ts). */
    async stands(tokenDigest: string, ids: RequestIds): Promise<boolean> {
      if (!this.#records.read()) return false;
      const { shard, auditTrail } = this.#parts;
      const kind = this.#active()?.lifetime.kind;
      // A token of another issuer is not revoked here; its session is ended.
      const stands = kind === 'idle' || (kind === 'grant' && shard.hasAccessToken(tokenDigest));
      if (stands) this.#inFlight.granted(ids.requestId);
      else auditTrail.note('refusal', 'refused', ids, { reason: 'answer_withheld' });
      this.#schedule();
      return stands;
    }

    async revoke(reason: string, ids: RequestIds): Promise<void> {
      this.#end(reason, ids);
      await this.#inFlight.quiet();
    }

    override alarm(): Promise<void> {
      return this.#alarm.ring(() => this.#keepBooks(), settings.now() + ALARM_RETRY_MS);
    }

    async #keepBooks(): Promise<void> {
      const { shard, auditTrail, refreshReuse } = this.#parts;
      shard.sweep();
      refreshReuse.sweep();
      const end = endOfSession(this.#parts);
      if (end && end.at <= settings.now()) this.#end(end.reason, alarmIds());
      await Promise.all([auditTrail.flush(), this.#changeFeed.tellAgain()]);
      this.#schedule();
      // Forgets the session when nothing is left to decide or to send, and no token request runs.
      const over = () => this.#nextDue() === Infinity && !this.#active();
      if (over()) await this.#tokenRequests.alone(async () => (over() ? this.#forget() : this.#schedule()));
    }

    #end(reason: string, ids: RequestIds, sender?: Sender): void {
      const record = this.#records.read();
      if (!record || record.status === 'ended') return;
      const { records, shard, credentials, auditTrail, refreshReuse } = this.#parts;
      records.update({ status: 'ended', endedAt: settings.now(), endReason: reason });
      auditTrail.note('session_end', 'success', ids, { reason, ...(sender && { sender }) });
      shard.clear();
      credentials.clear();
      refreshReuse.clear();
      this.#tokens.clear();
      this.#changeFeed.end();
      this.#schedule();
    }

    /** After a token request: a session whose grant was revoked ends, and the rest of an ended session is removed. */
    async #tidy(ids: RequestIds): Promise<void> {
      this.#tokens.clear();
      const record = this.#records.read();
      if (!record) return this.#forget();
      const { shard } = this.#parts;
      if (record.status === 'ended') shard.clear();
      else if (record.lifetime.kind === 'grant' && shard.grantExpiresAt() === undefined)
        this.#end('grant_revoked', ids);
      else this.#changeFeed.accessIs(accessOf(record, settings.policyOf));
      this.#schedule();
    }

    /** The session's record, as long as its tokens are good. */
    #active(): ActiveRecord | undefined {
      return activeRecord(this.#records, () => this.#parts, settings.now());
    }

    /** An empty object costs nothing. */
    async #forget(): Promise<void> {
      // First, so that no other request finds a session during the waits below. The components go last: they know the tables.
      this.#records.emptied();
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
      this.#built = undefined;
    }

    get #parts(): SessionComponents {
      this.#built ??= buildComponents(this.ctx, this.env, settings, this.#records, {
        renewed: () => {
          const record = this.#active();
          if (record) this.#changeFeed.accessIs(accessOf(record, settings.policyOf));
          this.#schedule();
        },
        denied: (reason, ids) => this.#end(reason, ids),
      });
      return this.#built;
    }

    #schedule(): void {
      this.#alarm.by(this.#nextDue());
    }

    #nextDue(): number {
      return Math.min(nextDue(this.#parts), this.#changeFeed.nextTelling() ?? Infinity);
    }
  };
}
