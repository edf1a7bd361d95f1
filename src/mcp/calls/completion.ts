// Suggestions for a prompt's argument or a template's variable while the user types (completion/complete). What matches
// is the completer's to say; how much of it is sent is decided here.
import { ProtocolError, ProtocolErrorCode, type CompleteResult } from '@modelcontextprotocol/server';
import type { Completer } from '../../define/context';
import { harmlessData, shorten } from '../../define/text';
import type { Catalogue } from './catalogue';
import { explain, invalidParams, refuseWithheld } from './failures';
import { MAX_PROMPT_ARGUMENT, MAX_RECORDED_NAME, MAX_SUGGESTION, MAX_SUGGESTIONS } from './limits';
import { contextOf } from './tool-context';
import type { Serving } from './handler-context';

export type Reference = { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string };

export interface CompletionParams {
  readonly ref: Reference;
  readonly argument: { readonly name: string; readonly value: string };
  readonly context?: { readonly arguments?: Readonly<Record<string, string>> | undefined } | undefined;
}

/** What a reference leads to, as far as completions need it. */
export interface Completable {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly upstream: 'default' | 'none';
  /** Undefined for an argument that isn't there; `null` for one without suggestions. */
  completer(argument: string): Completer | null | undefined;
}

export function findCompletable(catalogue: Catalogue, ref: Reference): Completable | undefined {
  if (ref.type === 'ref/prompt') {
    const prompt = catalogue.prompt(ref.name);
    return (
      prompt && {
        ...prompt,
        completer(name) {
          const argument = prompt.arguments.find((one) => one.name === name);
          return argument && (argument.complete ?? null);
        },
      }
    );
  }
  const found = catalogue.template(ref.uri);
  return (
    found && {
      ...found.resource,
      completer: (name) =>
        found.variables.includes(name) ? (ownCompleter(found.resource.complete, name) ?? null) : undefined,
    }
  );
}

function ownCompleter(
  completers: Readonly<Record<string, Completer>> | undefined,
  name: string,
): Completer | undefined {
  return completers && Object.hasOwn(completers, name) ? completers[name] : undefined;
}

/** @throws ProtocolError */
export async function complete(
  serving: Serving,
  catalogue: Catalogue,
  { ref, argument, context }: CompletionParams,
): Promise<CompleteResult> {
  const { request, finish } = serving;
  refuseWithheld(serving);
  const found = findCompletable(catalogue, ref);
  const completer = found?.completer(argument.name);
  if (!found || completer === undefined || !request.call) {
    finish({ outcome: 'refused', reason: 'unknown_reference' });
    throw invalidParams(
      `There is nothing to complete: no such prompt or template, or no argument ${shorten(argument.name, MAX_RECORDED_NAME)}.`,
    );
  }
  const given = context?.arguments ?? {};
  if (Object.values(given).some((value) => value.length > MAX_PROMPT_ARGUMENT)) {
    finish({ outcome: 'error', reason: 'invalid_arguments' });
    throw invalidParams(`An argument in the context is longer than ${MAX_PROMPT_ARGUMENT} characters.`);
  }
  try {
    const { caller, api, signal } = contextOf(serving, found.upstream);
    // Nothing that could be suggested is this long; the upstream isn't asked for it.
    const values =
      completer === null || argument.value.length > MAX_SUGGESTION
        ? []
        : await completer(argument.value, { caller, api, signal, arguments: given });
    finish({ outcome: 'success', reason: null });
    return { completion: bounded(values) };
  } catch (error) {
    const { message, end } = explain(error, { kind: 'completion', name: found.name }, request);
    finish(end);
    throw new ProtocolError(ProtocolErrorCode.InternalError, message);
  }
}

/** A value that is too long is left out: cut, it would be another value. */
function bounded(values: readonly string[]): CompleteResult['completion'] {
  const fit = harmlessData(values).filter((value) => value.length <= MAX_SUGGESTION);
  return { values: fit.slice(0, MAX_SUGGESTIONS), total: fit.length, hasMore: fit.length > MAX_SUGGESTIONS };
}
