// W3C Trace Context (https://www.w3.org/TR/trace-context/). A caller's traceparent is continued, and serves correlation
// only. A missing or malformed one starts a new trace (§3.2.2).

export interface Trace {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** This request's own span: 16 lower-case hex digits. */
  readonly spanId: string;
  /** The two hex digits of trace-flags, as received; `00` for a trace started here. */
  readonly flags: string;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Continues the trace of a `traceparent` header, or starts one. */
export function continueTrace(header: string | null): Trace {
  const match = TRACEPARENT.exec(header?.trim() ?? '');
  const [, traceId, parentId, flags] = match ?? [];
  const valid = traceId && parentId && flags && !/^0+$/.test(traceId) && !/^0+$/.test(parentId);
  return { traceId: valid ? traceId : randomHex(16), spanId: randomHex(8), flags: valid ? flags : '00' };
}

/** A new span in the trace with this id; in a new trace when the text is no trace id. */
export function continueTraceId(traceId: string): Trace {
  return { ...continueTrace(`00-${traceId}-${randomHex(8)}-00`), spanId: randomHex(8) };
}

/** The header for a request that this request causes. */
export function traceparent(trace: Trace): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.flags}`;
}

/** Headers that tell an upstream which request and which trace of ours caused its own. */
export function correlationHeaders(requestId: string, trace: Trace): Record<string, string> {
  return { 'X-Request-Id': requestId, traceparent: traceparent(trace) };
}

function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}
