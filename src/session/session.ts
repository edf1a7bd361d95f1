// The Session Durable Object: one user's authorization of one client for one tenant. It is the authorization server's
// shard for its grant, the only place that renews its credential, and where each call's intent is put on record.
// Everything that decides lives in its storage, so it survives eviction at any moment; memory only saves work.
import { DurableObject } from 'cloudflare:workers';
import type { AuditResult, RequestIds } from '../audit/event';
import type { Bindings } from '../config';
import { subjectOf } from '../crypto/subject';
import { missingScopes } from '../policy/scopes';
import { messageOf } from '../shared/errors';
import { withLog } from '../shared/log';
import type {
  AuthorizeInput,
  AuthorizeResult,
  CallInput,
  CredentialAnswer,
  GrantedCall,
  OpenInput,
  SessionFace,
} from './face';
import { buildParts, type SessionParts } from './parts';
import { RecordStore, type SessionRecord } from './record';
import type { SessionSettings } from './settings';
import { exchange } from './token-exchange';
import { TokenCache } from './token-cache';

/** A code is good for ten minutes; a session whose code nobody redeemed is forgotten after eleven. */
const PENDING_MS = 660_000;

/** The class for wrangler.toml's `Session`, bound to one gateway's settings. */
export function createSessionClass(
  settings: SessionSettings,
): new (ctx: DurableObjectState, env: Bindings) => DurableObject<Bindings> & SessionFace {
  return class Session extends DurableObject<Bindings> implements SessionFace {
    readonly #tokens = new TokenCache();
    readonly #records: RecordStore;
    #built: SessionParts | undefined;
    #alarmAt: number | undefined;

    constructor(ctx: DurableObjectState, env: Bindings) {
      super(ctx, env);
      this.#records = new RecordStore(ctx.storage.kv);
      void ctx.blockConcurrencyWhile(async () => {
        this.#alarmAt = (await ctx.storage.getAlarm()) ?? undefined;
      });
    }

    async open(input: OpenInput): Promise<string> {
      const { records, authority, config } = this.#parts;
      if (records.read()) throw new Error('the session is already open');
      const now = settings.now();
      records.create({
        sessionId: input.sessionId,
        identity: input.identity,
        clientId: input.request.clientId,
        status: 'pending',
        consentedScopes: input.scopes,
        scopes: [],
        user: null,
        createdAt: now,
        endedAt: null,
        endReason: null,
      });
      this.#wakeBy(now + PENDING_MS);
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
    tokenEndpoint(request: Request, ids: RequestIds): Promise<Response> {
      return this.#parts.tokenRequests.run(async () => {
        const parts = this.#parts;
        try {
          const end = (reason: string): void => this.#end(reason, ids);
          const backend = { ...parts, end, product: settings.upstream.title, now: settings.now };
          return await withLog(parts.log.with({ ...ids }), () =>
            parts.authority.fetch(request, (options) => exchange(backend, options, ids)),
          );
        } finally {
          this.#tokens.clear();
          const live = parts.records.read();
          if (live && live.status !== 'ended' && parts.shard.grantExpiresAt() === undefined)
            this.#end('grant_revoked', ids);
          this.#schedule();
        }
      });
    }

    async authorize(input: AuthorizeInput): Promise<AuthorizeResult> {
      const record = this.#records.read();
      if (!record?.user || record.status !== 'active')
        return { kind: 'refused', reason: record ? 'session_not_active' : 'unknown_session' };
      const { authority, journal } = this.#parts;
      const token = await this.#tokens.validate(input.token, input.resource, settings.now(), () =>
        authority.validateToken(input.resource, input.token),
      );
      if (!token) return this.#refuse('invalid_token', input);
      const { call } = input;
      if (call && missingScopes(token.scope, call.scopes).length > 0) {
        journal.note('refusal', 'refused', input, {
          reason: 'insufficient_scope',
          tool: call.tool,
          upstream: call.upstream,
          argumentsDigest: call.argumentsDigest,
        });
        this.#schedule();
        // Clients ask for exactly what the challenge names, so it names what they have, too (step-up without loss).
        return { kind: 'insufficient_scope', needed: [...new Set([...token.scope, ...call.scopes])] };
      }
      const granted = call ? await this.#begin(call, input) : undefined;
      if (granted === 'ended') return { kind: 'refused', reason: 'session_ended' };
      return {
        kind: 'granted',
        caller: toCaller(record, record.user, token.scope),
        audience: token.audience,
        expiresAt: token.expiresAt,
        call: granted,
      };
    }

    async renew(version: number, ids: RequestIds): Promise<CredentialAnswer> {
      if (this.#records.read()?.status !== 'active') return { kind: 'ended', reason: 'session_ended' };
      const { keeper } = this.#parts;
      this.#parts.cause = ids;
      const answer = await keeper.current(version);
      this.#schedule();
      return answer;
    }

    async complete(eventId: string, result: AuditResult): Promise<void> {
      this.#parts.journal.outbox.complete(eventId, result, settings.now());
      this.#schedule();
    }

    async revoke(reason: string, ids: RequestIds): Promise<void> {
      this.#end(reason, ids);
    }

    override async alarm(): Promise<void> {
      this.#alarmAt = undefined;
      const { records, shard, journal } = this.#parts;
      const ids = { requestId: 'alarm', traceId: crypto.randomUUID().replaceAll('-', '') };
      shard.sweep();
      const record = records.read();
      if (record && record.status !== 'ended' && shard.grantExpiresAt() === undefined)
        this.#end(record.status === 'pending' ? 'code_not_redeemed' : 'expired', ids);
      const flushed = await journal.flush();
      const settled = flushed && journal.nextDue() === undefined;
      if (settled && records.read()?.status !== 'active' && shard.grantExpiresAt() === undefined) return this.#forget();
      this.#schedule();
    }

    /** The intent of a call, durable before the answer leaves this object, with the credential to act on it. */
    async #begin(call: CallInput, ids: RequestIds): Promise<GrantedCall | 'ended'> {
      const { keeper, journal } = this.#parts;
      this.#parts.cause = ids;
      const credential = call.upstream === null ? null : await keeper.current();
      if (credential?.kind === 'ended') return 'ended';
      const event = journal.event('tool_call', 'unknown', ids, {
        tool: call.tool,
        upstream: call.upstream,
        argumentsDigest: call.argumentsDigest,
      });
      journal.outbox.intend(event, settings.now());
      this.#schedule();
      return { eventId: event.eventId, credential };
    }

    #refuse(reason: string, ids: RequestIds): AuthorizeResult {
      this.#parts.journal.note('refusal', 'refused', ids, { reason });
      this.#schedule();
      return { kind: 'refused', reason };
    }

    #end(reason: string, ids: RequestIds): void {
      const { records, shard, keeper, journal } = this.#parts;
      const record = records.read();
      if (!record || record.status === 'ended') return;
      records.update({ status: 'ended', endedAt: settings.now(), endReason: reason });
      journal.note('session_end', 'success', ids, { reason });
      shard.clear();
      keeper.clear();
      this.#tokens.clear();
      this.#schedule();
    }

    /** Nothing is left to decide or to send: an empty object costs nothing. */
    async #forget(): Promise<void> {
      this.#built = undefined;
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
    }

    get #parts(): SessionParts {
      this.#built ??= buildParts(this.ctx, this.env, settings, this.#records, {
        renewed: () => this.#schedule(),
        denied: (reason, ids) => this.#end(reason, ids),
      });
      return this.#built;
    }

    /** The alarm is due for the next batch to D1, or when the grant runs out, whichever is first. */
    #schedule(): void {
      const { journal, shard } = this.#parts;
      const grantEnds = shard.grantExpiresAt();
      const times = [journal.nextDue(), grantEnds === undefined ? undefined : grantEnds + 1000].filter(
        (time) => time !== undefined,
      );
      if (times.length > 0) this.#wakeBy(Math.min(...times));
    }

    #wakeBy(time: number): void {
      if (this.#alarmAt !== undefined && this.#alarmAt <= time) return;
      this.#alarmAt = time;
      this.ctx.storage
        .setAlarm(time)
        .catch((error: unknown) => this.#parts.log.error('session.alarm_failed', { problem: messageOf(error) }));
    }
  };
}

function toCaller(record: SessionRecord, user: NonNullable<SessionRecord['user']>, scopes: readonly string[]) {
  return {
    userId: user.userId,
    email: record.identity.email,
    tenantId: user.tenantId,
    tenantName: user.tenantName,
    clientId: record.clientId,
    scopes,
    signedInAt: record.createdAt,
  };
}
