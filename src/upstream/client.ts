// The API client that a tool gets: requests to the upstream as the signed-in user. It alone handles the access token.
// A 401 makes it ask the session once for a newer credential and try once more. On 429, 502, 503 and 504 it repeats what
// the table of methods (define/api.ts) lets it repeat, and respects Retry-After up to a bound. Nothing else is sent twice.
import type * as z from 'zod';
import {
  anyAnswer,
  apiClient,
  apiMethods,
  type ApiClient,
  type ApiHeaders,
  type ApiMethod,
  type ApiOptions,
  type ApiPath,
  type ApiQuery,
  type ApiRequest,
  type MethodRules,
} from '../define/api';
import { addHeaders } from '../define/headers';
import { boundedFetch, FetchError, parseJson, type BoundedResponse, type Fetch } from '../shared/bounded-fetch';
import { errorOfStatus, noAccess, UNCERTAIN, UpstreamError, UpstreamUnauthorizedError } from './errors';

/** An access token and the version of the credential it came from. */
export interface AccessToken {
  readonly value: string;
  readonly version: number;
}

export interface ApiClientOptions {
  readonly baseUrl: string;
  /** For people: "Nexus CRM". */
  readonly title: string;
  /** Sent with each request, beside those of the request itself. */
  readonly headers?: ApiHeaders | undefined;
  /** Whether the upstream vouches for the user, so that its final 401 means: sign in again. Left out: it does. */
  readonly vouches?: boolean | undefined;
  readonly accessToken: AccessToken;
  /**
   * Asks the session for a credential newer than `version`.
   * @throws UpstreamUnauthorizedError when there is none to be had, UpstreamError when it can't be fetched now
   */
  readonly renew: (version: number) => Promise<AccessToken>;
  readonly requestId: string;
  readonly traceparent: string;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left for the whole call; without it, each request has its own time only. */
  readonly timeLeft?: (() => number) | undefined;
  readonly fetch?: Fetch | undefined;
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 2 * 1024 * 1024;
/** One call may take about 60 s in ChatGPT; three attempts and two pauses stay below it. */
const ATTEMPTS = 3;
const MAX_PAUSE_MS = 5_000;
const REPEATABLE = new Set([429, 502, 503, 504]);
/** Before the second attempt, in seconds, where the upstream doesn't say; and how much longer before the next. */
const FIRST_PAUSE_S = 0.2;
const PAUSE_GROWTH = 4;
/** Of an answer in another shape, for the log; and of an input that the upstream refused, for the model. */
const MAX_PLACES = 5;
const MAX_FIELDS = 20;
const FIELD_NAME = /^[a-z][a-z0-9_]{0,40}$/;

/** A request of a tool's, as it is sent once or more often. */
interface Outgoing {
  readonly rules: MethodRules;
  /** Method and path, for the log. */
  readonly where: string;
  readonly url: string;
  /** Without the token, which may be another one the next time. */
  readonly headers: Readonly<Record<string, string>>;
  readonly init: RequestInit;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A client for one call. It must not outlive the call: it holds the user's token. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  let token = options.accessToken;

  const request: ApiRequest = async (method, path, schema, given = {}) => {
    const sent = outgoing(method, path, given);
    let response = await attempt(sent);
    if (response.status === 401) {
      token = await options.renew(token.version);
      response = await attempt(sent);
      if (response.status === 401) throw lostAccess(`${sent.where} answered 401 with a renewed credential`);
    }
    if (response.status < 200 || response.status > 299) {
      throw errorOfStatus(response.status, {
        upstream: options.title,
        where: sent.where,
        write: !sent.rules.safe,
        fields: refusedFields(response),
        retryAfterSeconds: retryAfterSeconds(response),
      });
    }
    return read(response, schema, sent);
  };

  function lostAccess(problem: string): Error {
    return options.vouches === false ? noAccess(options.title, problem) : new UpstreamUnauthorizedError(problem);
  }

  /** What is sent, whenever it is sent: all but the token. */
  function outgoing(method: ApiMethod, path: ApiPath, { query, headers: own, body }: ApiOptions): Outgoing {
    const rules: MethodRules = apiMethods[method];
    const headers: Record<string, string> = {
      accept: 'application/json',
      'x-request-id': options.requestId,
      traceparent: options.traceparent,
    };
    if (body !== undefined) headers['content-type'] = 'application/json';
    // A string of RFC 9651, which stands in quotes.
    if (rules.idempotencyKey) headers['idempotency-key'] = `"${crypto.randomUUID()}"`;
    addHeaders(headers, options.headers);
    addHeaders(headers, own);
    return {
      rules,
      where: `${method} ${path.split('?')[0] ?? ''}`,
      url: options.baseUrl + path + queryString(query),
      headers,
      init: { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) },
    };
  }

  /** @throws UpstreamError for an answer that isn't JSON, or not of the schema's shape */
  function read<Schema extends z.ZodType>(response: BoundedResponse, schema: Schema, sent: Outgoing): z.output<Schema> {
    const body = parseJson(response.text);
    const readable = body !== undefined || response.text === '' || (schema as z.ZodType) === anyAnswer;
    const parsed = readable ? schema.safeParse(body) : undefined;
    if (parsed?.success) return parsed.data;
    const places = parsed?.error.issues.slice(0, MAX_PLACES).map((issue) => issue.path.join('.'));
    throw new UpstreamError(
      'upstream_malformed',
      `${options.title} gave an answer that the gateway does not understand. Its operator has been told.${uncertain(sent)}`,
      `${sent.where}: unexpected answer at ${places?.join(', ') || 'the top level'}`,
    );
  }

  async function attempt(sent: Outgoing): Promise<BoundedResponse> {
    for (let count = 1; ; count += 1) {
      const response = await send(sent);
      if (!sent.rules.repeated || !REPEATABLE.has(response.status) || count === ATTEMPTS) return response;
      const wait = (retryAfterSeconds(response) ?? FIRST_PAUSE_S * PAUSE_GROWTH ** (count - 1)) * 1000;
      if (wait > MAX_PAUSE_MS) return response;
      await (options.sleep ?? pause)(wait);
    }
  }

  async function send(sent: Outgoing): Promise<BoundedResponse> {
    const left = options.timeLeft?.() ?? TIMEOUT_MS;
    try {
      if (left <= 0) throw new FetchError('timeout');
      return await boundedFetch(
        sent.url,
        { ...sent.init, headers: { ...sent.headers, authorization: `Bearer ${token.value}` } },
        { timeoutMs: Math.min(TIMEOUT_MS, left), maxBytes: MAX_BYTES, signal: options.signal },
        options.fetch,
      );
    } catch (error) {
      throw error instanceof FetchError ? errorOfFailure(error, sent) : error;
    }
  }

  function errorOfFailure(error: FetchError, sent: Outgoing): UpstreamError {
    const internal = `${sent.where}: ${error.reason}`;
    const check = uncertain(sent);
    switch (error.reason) {
      case 'timeout':
        return new UpstreamError(
          'upstream_timeout',
          `${options.title} took too long to answer.${check || ' Try again, or ask for less.'}`,
          internal,
          { cause: error },
        );
      case 'too_large':
        return new UpstreamError(
          'upstream_too_large',
          `${options.title} answered with more than the gateway passes on.${check || ' Narrow the request.'}`,
          internal,
          { cause: error },
        );
      case 'not_utf8':
        return new UpstreamError(
          'upstream_malformed',
          `${options.title} answered with text that the gateway cannot read.${check}`,
          internal,
          { cause: error },
        );
      case 'aborted':
        return new UpstreamError(
          'upstream_aborted',
          `The call was stopped before ${options.title} answered.${check}`,
          internal,
          { cause: error },
        );
      case 'network':
        return new UpstreamError(
          'upstream_unavailable',
          `${options.title} could not be reached.${check || ' Try again in a moment.'}`,
          internal,
          { cause: error },
        );
    }
  }

  return apiClient(request);
}

function uncertain({ rules }: Outgoing): string {
  return rules.safe ? '' : ` ${UNCERTAIN}`;
}

function queryString(query: ApiQuery = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? (value as readonly unknown[]) : value === undefined ? [] : [value];
    return values.map((one) => [name, String(one)]);
  });
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

/** Retry-After in seconds (RFC 9110 §10.2.3); undefined when absent, a date in the past, or not understood. */
function retryAfterSeconds(response: BoundedResponse): number | undefined {
  const header = response.headers.get('Retry-After')?.trim();
  if (!header) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header);
  const wait = Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return wait > 0 ? wait : undefined;
}

function refusedFields(response: BoundedResponse): string[] {
  if (response.status !== 400 && response.status !== 422) return [];
  const body = parseJson(response.text);
  const fields = body !== null && typeof body === 'object' && 'fields' in body ? body.fields : undefined;
  return fields !== null && typeof fields === 'object'
    ? Object.keys(fields)
        .filter((name) => FIELD_NAME.test(name))
        .slice(0, MAX_FIELDS)
    : [];
}
