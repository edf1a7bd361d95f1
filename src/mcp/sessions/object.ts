// One MCP session of a 2025-era client (`Mcp-Session-Id`) in a Durable Object of its own. It is bound to a person with one
// client, and ends with DELETE or an hour after its last use; nothing is left then, and its id is answered with 404, upon
// which clients begin another. When the OAuth session ends that it is used under, its streams end and what they missed is
// gone; it goes on under the next one. Its storage holds all that an eviction must not take; a
// request that runs at that moment is lost with it, and its client told so by the end of the stream.
import { DurableObject } from 'cloudflare:workers';
import type { Bindings, Config } from '../../config';
import type { Changed } from '../../define/content';
import type { GatewayDefinition } from '../../define/gateway';
import { keyOf, type Access } from '../../policy/access';
import { sessionAt } from '../../session/stub';
import { Standing } from '../../session/standing';
import { Alarm } from '../../session/alarm';
import { ALL_LISTS, type Dismissal } from '../../session/change-feed';
import { createLog, type Log } from '../../shared/log';
import { sessionNotFound } from '../protocol/responses';
import type { Catalogue } from '../calls/catalogue';
import { Exchange } from '../calls/request-context';
import { reported } from '../calls/outcome';
import { createRequest, type McpRequest } from '../calls/request';
import { createServer } from '../protocol/server';
import { notificationsOf } from './changes';
import { Connection } from './connection';
import { EventLog } from './events';
import { protocolRequest, readSessionRequest, type McpSessionObject, type SessionRequest } from './stub';
import { ownerOf } from './id';
import { Lifetime } from './lifetime';
import { UNUSED_MS } from './limits';
import { methodOf, type Message } from '../calls/message';
import { logLevelOf, messageIn } from './messages';
import { McpSessionRecords, newRecord, refuseInitialize, type McpSessionRecord } from './record';
import { StandaloneStreams } from './standalone-stream';
import { SessionTransport } from './transport';
import { Watch } from './change-feed-subscription';

const log = (): Log => createLog({}, { object: 'mcp_session' });

export interface McpSessionSettings {
  readonly definition: GatewayDefinition;
  readonly catalogue: Catalogue;
  readonly config: (env: object) => Config;
  readonly now: () => number;
}

/** The class for wrangler.toml's `McpSession`, bound to one gateway's definition. */
export function createMcpSessionClass({
  definition,
  catalogue,
  config,
  now,
}: McpSessionSettings): new (ctx: DurableObjectState, env: Bindings) => DurableObject<Bindings> & McpSessionObject {
  return class McpSession extends DurableObject<Bindings> implements McpSessionObject {
    readonly #records: McpSessionRecords;
    readonly #events: EventLog;
    readonly #streams: StandaloneStreams;
    readonly #wakeUp: Alarm;
    readonly #lifetime: Lifetime;
    readonly #watch: Watch;
    #connection: Promise<Connection> | undefined;
    /** The OAuth session of whose end it was told last. */
    #ended: string | undefined;

    constructor(ctx: DurableObjectState, env: Bindings) {
      super(ctx, env);
      this.#records = new McpSessionRecords(ctx.storage.kv);
      this.#events = new EventLog(ctx.storage.sql, now, () => this.#lifetime.schedule());
      this.#streams = new StandaloneStreams(ctx, this.#events, now);
      this.#watch = new Watch(ctx, env, this.#records, log);
      this.#wakeUp = new Alarm(ctx.storage, (event, error) => log().error(`mcp_session.${event}`, { error }));
      this.#lifetime = new Lifetime(this.#records, this.#events, this.#wakeUp, now);
      void ctx.blockConcurrencyWhile(() => this.#wakeUp.load());
    }

    /** An authenticated request of a client, as the edge carries it (stub.ts). */
    override async fetch(carried: Request): Promise<Response> {
      const request = await readSessionRequest(carried);
      const message = messageIn(request);
      const known = this.#records.read();
      if (!known) return methodOf(message) === 'initialize' ? this.#begin(request, message) : sessionNotFound();
      // The edge checks as much by the id; whoever gets past it is stopped here.
      if (known.id !== request.mcpSessionId || known.owner !== ownerOf(request.caller)) return sessionNotFound();
      // A stream ends with the session that opened it; from here on, that one is no longer listened to.
      if (known.oauthSessionId !== request.sessionId) this.#streams.close();
      const record = this.#watch.follow(known, request.sessionId, this.#streams.open || this.#connection !== undefined);
      this.#lifetime.use();
      if (carried.headers.has('Upgrade')) return this.#openStream(request, record);
      if (request.http.method === 'DELETE') return this.#deleted();
      const exchange = this.#exchange(request);
      const connection = await (this.#connection ??= this.#restore(record, exchange.request));
      const http = protocolRequest(request.http);
      if (http.method === 'GET') return connection.resume(http);
      this.#remember(message, record, exchange);
      return connection.post(http, message, exchange);
    }

    async changed(changes: readonly Changed[]): Promise<void> {
      const record = this.#records.read();
      if (record) this.#tellOf(changes, record);
    }

    async dismissed(why: Dismissal, by: string): Promise<void> {
      const record = this.#records.read();
      if (record?.oauthSessionId !== by) return;
      if (why === 'unused') return (await this.#connection)?.running ? this.#lifetime.endSoon(UNUSED_MS) : this.#end();
      this.#streams.close();
      if (why === 'too_many') return;
      this.#ended = by;
      await this.#disconnect();
      this.#events.clear();
    }

    override async alarm(): Promise<void> {
      this.#wakeUp.rang();
      const record = this.#records.read();
      if (!record) return this.#forget();
      this.#events.prune();
      const connection = await this.#connection;
      if (this.#streams.open || (connection && connection.running > 0)) this.#lifetime.use();
      if (!this.#lifetime.over) return this.#lifetime.schedule();
      await this.#end();
      this.#watch.end(record);
    }

    async #begin(request: SessionRequest, message: Message): Promise<Response> {
      const refused = refuseInitialize(message);
      if (refused) return refused;
      const exchange = this.#exchange(request);
      const connection = await this.#connect(request.mcpSessionId, request.access);
      // It begins the session that the id is of.
      const headers = request.http.headers.filter(([name]) => name !== 'Mcp-Session-Id');
      const http = protocolRequest({ method: 'POST', headers });
      const answer = await connection.post(http, message, exchange);
      if (!answer.ok) {
        await connection.close();
        return answer;
      }
      const record = newRecord(request, message, now());
      this.#records.open(record);
      this.#connection = Promise.resolve(connection);
      this.#watch.adopted(record);
      this.#lifetime.use();
      return answer;
    }

    async #restore(record: McpSessionRecord, request: McpRequest): Promise<Connection> {
      try {
        const connection = await this.#connect(record.id, request.access);
        await connection.restore(record, request);
        return connection;
      } catch (error) {
        this.#connection = undefined;
        throw error;
      }
    }

    #connect(mcpSessionId: string, access: Access): Promise<Connection> {
      const server = createServer(definition, catalogue, 'session', access, this.#records);
      const transport = new SessionTransport({
        mcpSessionId,
        events: this.#events,
        standalone: (message) => this.#streams.send(message),
        // So that the end of the OAuth session ends the wait.
        asks: () => this.#watch.beginLater(),
      });
      return Connection.open(server, transport);
    }

    #exchange(data: SessionRequest): Exchange {
      const { caller, sessionId, ids } = data;
      const session = sessionAt(this.env, sessionId);
      const { tenantId, userId, clientId } = caller;
      const settings = config(this.env);
      const callLog = createLog(settings.log, { object: 'mcp_session', ...ids, tenantId, userId, clientId });
      const standing = Standing.goOn(data.standing, session, ids);
      const around = { definition, config: settings, log: callLog, now, standing };
      // A connection that is lost cancels nothing here (MCP "Sending Messages to the Server"): the answer waits to be
      // asked for.
      const exchange = new Exchange(createRequest(data, session, around), new AbortController().signal, {
        interactive: true,
      });
      // At once: to wait for a next call, as the edge does (session/client/pending-outcomes.ts), would keep this object awake.
      const outcome = reported(exchange, (ended) => session.complete([ended]), data.call);
      if (outcome) this.ctx.waitUntil(outcome);
      return exchange;
    }

    async #openStream({ access, expiresAt, http }: SessionRequest, record: McpSessionRecord): Promise<Response> {
      const watching = await this.#watch.begin(record);
      // Either may have ended meanwhile, or others use it now.
      const { oauthSessionId } = this.#records.read() ?? {};
      if (!watching || oauthSessionId !== record.oauthSessionId || oauthSessionId === this.#ended)
        return sessionNotFound();
      const header = (name: string): string | undefined => http.headers.find(([key]) => key === name)?.[1];
      const [lastEventId, version] = [header('Last-Event-ID'), header('MCP-Protocol-Version')];
      const answer = this.#streams.accept({ openedAt: now(), expiresAt, lastEventId, version });
      // Deployed or allowed something else since it was given its lists.
      if (record.lists !== undefined && record.lists !== this.#listsOf(access)) await this.changed(ALL_LISTS);
      return answer;
    }

    /** What this message sets up for those that follow. */
    #remember(message: Message, record: McpSessionRecord, { request }: Exchange): void {
      const logLevel = logLevelOf(message);
      if (logLevel !== undefined && logLevel !== record.logLevel) this.#records.update({ logLevel });
      const lists = this.#listsOf(request.access);
      if (lists === record.lists) return;
      if (methodOf(message)?.endsWith('/list')) return this.#records.update({ lists });
      // Its user has allowed more, or less, since it listed: the first request with the new token tells its stream.
      if (record.lists === undefined || !this.#streams.open) return;
      this.#records.update({ lists });
      this.#tellOf(ALL_LISTS, record);
    }

    #tellOf(changes: readonly Changed[], { subscriptions }: McpSessionRecord): void {
      for (const message of notificationsOf(changes, definition, subscriptions)) this.#streams.send(message);
    }

    #listsOf(access: Access): string {
      return `${catalogue.fingerprint} ${keyOf(access)}`;
    }

    async #deleted(): Promise<Response> {
      const record = this.#records.read();
      await this.#end();
      if (record) this.#watch.end(record);
      return new Response(null, { status: 200 });
    }

    async #end(): Promise<void> {
      this.#streams.close();
      const closed = this.#disconnect();
      await this.#forget();
      await closed;
    }

    /** Ends its streams and aborts what runs. */
    async #disconnect(): Promise<void> {
      const connection = await this.#connection;
      this.#connection = undefined;
      await connection?.close();
    }

    /** An empty object costs nothing. */
    async #forget(): Promise<void> {
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
    }
  };
}
