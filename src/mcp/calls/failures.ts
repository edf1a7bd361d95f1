// Whatever a tool, a prompt, a resource or a completer throws, turned here and nowhere else into what may be read by the
// client, what is recorded, and what the operator finds in the log.
import { ProtocolError, ProtocolErrorCode, type ClientCapabilities } from '@modelcontextprotocol/server';
import { NotFoundError, PublicError, ToolInputError } from '../../define/errors';
import { messageOf } from '../../shared/errors';
import { UpstreamError, UpstreamUnauthorizedError } from '../../upstream/errors';
import { CannotAsk } from './input-required';
import type { CallEnd } from './request-context';
import type { McpRequest } from './request';
import { withheldWords } from './request-access';
import type { Serving } from './handler-context';

/** What was being served; `kind` is also the first part of the log events. */
export interface Subject {
  readonly kind: 'tool' | 'prompt' | 'resource' | 'completion';
  readonly name: string;
}

export interface Failure {
  /** `input`: the caller's to correct. `not_found`: there is nothing of that name. `access`: the user is shut out. */
  readonly kind: 'input' | 'not_found' | 'access' | 'client' | 'other';
  /** `client`: what it lacks. */
  readonly requires?: ClientCapabilities;
  /** Safe to show. */
  readonly message: string;
  readonly end: CallEnd;
}

/** @throws ProtocolError what the protocol itself has an answer for passes as it is */
export function explain(error: unknown, { kind, name }: Subject, { log, ids }: McpRequest): Failure {
  if (error instanceof ProtocolError) throw error;
  if (error instanceof ToolInputError) {
    const message = `Invalid arguments for ${name}: ${error.field}: ${error.message}`;
    return { kind: 'input', message, end: { outcome: 'error', reason: 'invalid_arguments' } };
  }
  if (error instanceof PublicError) {
    const notFound = error instanceof NotFoundError ? 'not_found' : 'other';
    return { kind: notFound, message: error.message, end: { outcome: 'error', reason: error.code } };
  }
  if (error instanceof CannotAsk) {
    const end = { outcome: 'refused', reason: 'client_lacks_capability' } as const;
    return { kind: 'client', message: error.message, requires: error.requires, end };
  }
  if (error instanceof UpstreamUnauthorizedError) {
    log.warn(`${kind}.unauthorized`, { [kind]: name, problem: error.message });
    const end = { outcome: 'refused', reason: error.code, reauthorize: true } as const;
    return { kind: 'access', message: error.publicMessage, end };
  }
  if (error instanceof UpstreamError) {
    // Nobody's failure: the client went away, or what had begun early was refused.
    const level = error.code === 'upstream_aborted' ? 'info' : 'warn';
    log[level](`${kind}.upstream_failed`, { [kind]: name, reason: error.code, problem: error.message });
    const notFound = error.code === 'upstream_not_found' ? 'not_found' : 'other';
    const outcome = error.code === 'upstream_forbidden' ? 'refused' : 'error';
    return { kind: notFound, message: error.publicMessage, end: { outcome, reason: error.code } };
  }
  log.error(`${kind}.failed`, { [kind]: name, problem: messageOf(error), error });
  const message = `The gateway could not finish this call. Its operator can find it by the request id ${ids.requestId}.`;
  return { kind: 'other', message, end: { outcome: 'error', reason: 'internal_error' } };
}

/** @throws ProtocolError where the call lacks scopes that nobody asks the user for: only a tool's result has words */
export function refuseWithheld({ request, finish }: Pick<Serving, 'request' | 'finish'>): void {
  if (!request.withheld) return;
  finish({ outcome: 'refused', reason: 'insufficient_scope' });
  throw new ProtocolError(ProtocolErrorCode.InvalidRequest, withheldWords(request.withheld, request.definition));
}

/** What the caller asked for is wrong, and can be asked for again. */
export function invalidParams(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
