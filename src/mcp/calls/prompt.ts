// One prompt, filled in: arguments checked against what it declares, its run asked, and its messages bounded.
import {
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type GetPromptResult,
  type InputRequiredResult,
} from '@modelcontextprotocol/server';
import { isAsk } from '../../define/context';
import type { PromptDefinition } from '../../define/prompt';
import { harmlessData, shorten } from '../../define/text';
import { dialogueOf } from './input-required';
import { charactersIn, tooLongMessage } from './result-limits';
import type { Catalogue } from './catalogue';
import { resultLimit } from './known-clients';
import { explain, invalidParams, refuseWithheld } from './failures';
import { MAX_PROMPT_ARGUMENT, MAX_RECORDED_NAME } from './limits';
import { interactiveContextOf } from './tool-context';
import type { Serving } from './handler-context';

type Arguments = Readonly<Record<string, string>>;

/** @throws ProtocolError for whatever doesn't end in messages: a prompt has no other way to say what is wrong */
export async function getPrompt(
  serving: Serving,
  catalogue: Catalogue,
  params: { name: string; arguments?: Arguments | undefined },
): Promise<GetPromptResult | InputRequiredResult> {
  const { request, finish } = serving;
  refuseWithheld(serving);
  const prompt = catalogue.prompt(params.name);
  if (!prompt || !request.call) {
    finish({ outcome: 'refused', reason: 'unknown_prompt' });
    throw invalidParams(`Unknown prompt: ${shorten(params.name, MAX_RECORDED_NAME)}`);
  }
  const args = params.arguments ?? {};
  const problem = problemWith(prompt, args);
  if (problem) {
    finish({ outcome: 'error', reason: 'invalid_arguments' });
    throw invalidParams(`${problem} Correct the arguments of ${prompt.name} and ask for it again.`);
  }
  try {
    return await answer(prompt, args, serving);
  } catch (error) {
    const { kind, message, requires, end } = explain(error, { kind: 'prompt', name: prompt.name }, request);
    finish(end);
    if (requires) throw new MissingRequiredClientCapabilityError({ requiredCapabilities: requires }, message);
    throw kind === 'input' ? invalidParams(message) : new ProtocolError(ProtocolErrorCode.InternalError, message);
  }
}

async function answer(
  prompt: PromptDefinition,
  args: Arguments,
  serving: Serving,
): Promise<GetPromptResult | InputRequiredResult> {
  const { request, client, finish } = serving;
  const dialogue = await dialogueOf(serving, { method: 'prompts/get', name: prompt.name, arguments: args });
  const answered = await prompt.run({ ...args }, interactiveContextOf(serving, prompt.upstream, dialogue.round));
  if ('kind' in answered && isAsk(answered)) return dialogue.ask(answered);
  const messages = harmlessData(answered);
  const characters = charactersIn(messages.map(({ content }) => content));
  const limit = resultLimit(client.known, request.config);
  if (characters > limit) {
    finish({ outcome: 'error', reason: 'result_too_long' });
    throw new ProtocolError(ProtocolErrorCode.InternalError, tooLongMessage('This prompt', { characters }, limit));
  }
  finish({ outcome: 'success', reason: null });
  return { description: prompt.description, messages: messages as GetPromptResult['messages'] };
}

/** The first thing that is wrong with the arguments, in words; undefined where nothing is. */
function problemWith(prompt: PromptDefinition, args: Arguments): string | undefined {
  const known = new Set(prompt.arguments.map(({ name }) => name));
  const unknown = Object.keys(args).find((name) => !known.has(name));
  if (unknown !== undefined) {
    const names = [...known].join(', ') || 'none';
    return `There is no argument ${shorten(unknown, MAX_RECORDED_NAME)}; there are: ${names}.`;
  }
  const missing = prompt.arguments.find(({ name, required }) => required && !args[name]);
  if (missing) return `The argument ${missing.name} is missing: ${missing.description}.`;
  const tooLong = Object.entries(args).find(([, value]) => value.length > MAX_PROMPT_ARGUMENT);
  if (tooLong)
    return `The argument ${tooLong[0]} has ${tooLong[1].length} characters; at most ${MAX_PROMPT_ARGUMENT} are taken.`;
  return undefined;
}
