// Reading a resource, and subscribing to one. A URI leads to a resource of exactly that URI, or else to the first
// template that it is of; what isn't there and what the caller can't see are the same to the caller.
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type ReadResourceResult,
} from '@modelcontextprotocol/server';
import type { ResourceBody } from '../../define/content';
import { harmlessData, shorten } from '../../define/text';
import { missingScopes } from '../../policy/scopes';
import { charactersInBodies } from './result-limits';
import type { Catalogue, FoundResource } from './catalogue';
import { resultLimit } from './known-clients';
import { explain, refuseWithheld } from './failures';
import { MAX_SHOWN_URI } from './limits';
import { interactiveContextOf, FIRST_ROUND } from './tool-context';
import type { Serving } from './handler-context';

/** Where a 2025-era session keeps what its client wants to hear about (resources/subscribe). */
export interface Subscriptions {
  subscribe(uri: string): Promise<void>;
  unsubscribe(uri: string): Promise<void>;
}

/** @throws ProtocolError */
export async function readResource(
  serving: Serving,
  catalogue: Catalogue,
  { uri }: { uri: string },
): Promise<ReadResourceResult> {
  const { request, finish } = serving;
  refuseWithheld(serving);
  const found = catalogue.resource(uri);
  if (!found || !request.call) {
    finish({ outcome: 'refused', reason: 'unknown_resource' });
    throw notFound(uri);
  }
  const { name } = found.resource;
  try {
    const contents = harmlessData(await read(found, serving));
    // An empty list would say that it is there (SEP-2164).
    if (contents.length === 0) {
      finish({ outcome: 'error', reason: 'not_found' });
      throw notFound(uri);
    }
    checkLength(contents, serving);
    finish({ outcome: 'success', reason: null });
    return { contents: contents as ReadResourceResult['contents'] };
  } catch (error) {
    const { kind, message, end } = explain(error, { kind: 'resource', name }, request);
    finish(end);
    throw kind === 'not_found' ? notFound(uri, message) : new ProtocolError(ProtocolErrorCode.InternalError, message);
  }
}

function read(found: FoundResource, serving: Serving): Promise<readonly ResourceBody[]> {
  const context = interactiveContextOf(serving, found.resource.upstream, FIRST_ROUND);
  return 'variables' in found ? found.resource.read(found.variables, context) : found.resource.read(context);
}

function checkLength(contents: readonly ResourceBody[], { request, client, finish }: Serving): void {
  const characters = charactersInBodies(contents);
  const limit = resultLimit(client.known, request.config);
  if (characters <= limit) return;
  finish({ outcome: 'error', reason: 'result_too_long' });
  const message = `This resource has ${characters} characters, and this client takes at most ${limit}. Use a tool to read a part of it.`;
  throw new ProtocolError(ProtocolErrorCode.InternalError, message);
}

/** @throws ProtocolError for a resource that isn't there, or that this caller may not read */
export async function subscribe(
  { request }: Serving,
  catalogue: Catalogue,
  subscriptions: Subscriptions,
  { uri }: { uri: string },
): Promise<Record<string, never>> {
  if (!maySubscribe(catalogue, uri, request.caller.scopes)) throw notFound(uri);
  await subscriptions.subscribe(uri);
  return {};
}

/** Whether a caller with these scopes may hear that this resource has changed, which also says that it is there. */
export function maySubscribe(catalogue: Catalogue, uri: string, scopes: readonly string[]): boolean {
  const found = catalogue.resource(uri);
  return found !== undefined && missingScopes(scopes, found.resource.scopes).length === 0;
}

/** -32602 with the URI in `data` in every revision (SEP-2164); the SDK turns the older -32002 into that, too. */
function notFound(
  uri: string,
  message = 'Resource not found. Read resources/list and resources/templates/list.',
): ProtocolError {
  return new ResourceNotFoundError(shorten(uri, MAX_SHOWN_URI), message);
}
