// The API client that a tool gets: requests to the upstream as the signed-in user. It alone handles the access token.
// A 401 makes it ask the session once for a newer credential and try once more; a safe request is repeated on
// 429/502/503/504, with Retry-After respected up to a bound; nothing else is sent twice.
import type * as z from 'zod';
import type { ApiClient, ApiPath, ApiQuery } from '../define/api';
import { boundedFetch, FetchError, parseJson, type BoundedResponse, type Fetch } from '../shared/bounded-fetch';
import { errorOfStatus, UNCERTAIN, UpstreamError, UpstreamUnauthorizedError } from './errors';

/** An access token and the version of the credential it came from. */
export interface AccessToken {
  readonly value: string;
  readonly version: number;
}

export interface ApiClientOptions {
  readonly baseUrl: string;
  /** For people: "Nexus CRM". */
  readonly title: string;
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
const FIELD_NAME = /^[a-z][a-z0-9_]{0,40}$/;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A client for one call. It must not outlive the call: it holds the user's token. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  let token = options.accessToken;

  async function request<Schema extends z.ZodType>(
    method: string,
    path: string,
    schema: Schema,
    body?: unknown,
  ): Promise<z.output<Schema>> {
    const where = `${method} ${path.split('?')[0] ?? ''}`;
    let response = await attempt(method, path, body, where);
    if (response.status === 401) {
      token = await options.renew(token.version);
      response = await attempt(method, path, body, where);
      if (response.status === 401)
        throw new UpstreamUnauthorizedError(`${where} answered 401 with a renewed credential`);
    }
    if (response.status < 200 || response.status > 299) {
      throw errorOfStatus(response.status, {
        upstream: options.title,
        where,
        write: method !== 'GET',
        fields: refusedFields(response),
        retryAfterSeconds: retryAfterSeconds(response),
      });
    }
    const parsed = schema.safeParse(parseJson(response.text));
    if (parsed.success) return parsed.data;
    const paths = parsed.error.issues.slice(0, 5).map((issue) => issue.path.join('.'));
    throw new UpstreamError(
      'upstream_malformed',
      `${options.title} gave an answer that the gateway does not understand. Its operator has been told.${uncertain(method)}`,
      `${where}: unexpected answer at ${paths.join(', ') || 'the top level'}`,
    );
  }

  async function attempt(method: string, path: string, body: unknown, where: string): Promise<BoundedResponse> {
    for (let count = 1; ; count += 1) {
      const response = await send(method, path, body, where);
      if (method !== 'GET' || !REPEATABLE.has(response.status) || count === ATTEMPTS) return response;
      const wait = (retryAfterSeconds(response) ?? 0.2 * 4 ** (count - 1)) * 1000;
      if (wait > MAX_PAUSE_MS) return response;
      await (options.sleep ?? pause)(wait);
    }
  }

  async function send(method: string, path: string, body: unknown, where: string): Promise<BoundedResponse> {
    const headers: Record<string, string> = {
      Authorization: `Bearer ${token.value}`,
      Accept: 'application/json',
      'X-Request-Id': options.requestId,
      traceparent: options.traceparent,
    };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const left = options.timeLeft?.() ?? TIMEOUT_MS;
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    try {
      if (left <= 0) throw new FetchError('timeout');
      return await boundedFetch(
        options.baseUrl + path,
        init,
        { timeoutMs: Math.min(TIMEOUT_MS, left), maxBytes: MAX_BYTES, signal: options.signal },
        options.fetch,
      );
    } catch (error) {
      throw error instanceof FetchError ? errorOfFailure(error, method, where) : error;
    }
  }

  function errorOfFailure(error: FetchError, method: string, where: string): UpstreamError {
    const internal = `${where}: ${error.reason}`;
    const check = uncertain(method);
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

  return {
    get: (path: ApiPath, schema, query: ApiQuery = {}) => request('GET', path + queryString(query), schema),
    post: (path: ApiPath, schema, body) => request('POST', path, schema, body),
    patch: (path: ApiPath, schema, body) => request('PATCH', path, schema, body),
  };
}

function uncertain(method: string): string {
  return method === 'GET' ? '' : ` ${UNCERTAIN}`;
}

function queryString(query: ApiQuery): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
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
        .slice(0, 20)
    : [];
}
