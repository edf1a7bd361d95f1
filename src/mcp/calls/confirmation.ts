// Asking the user before a tool runs that says it wants that (define/tool.ts `confirm`). The tool runs only after the
// user said yes to exactly these arguments: the yes counts with the signed state of the question alone, so that neither a
// model nor a client can say it in advance, or for something else. The user sees all of the question, and nothing is in
// it that a person doesn't see.
import type { ClientRequest } from '../../define/context';
import { visible } from '../../define/text';
import type { AnyTool, ToolContext } from '../../define/tool';
import { longestField } from './arguments';
import type { Dialogue } from './input-required';
import { MAX_CONFIRMATION } from './limits';
import type { Serving } from './handler-context';

export type Decision =
  /** `confirmed` only if the user was asked. */
  | { readonly kind: 'run'; readonly confirmed: boolean }
  | { readonly kind: 'ask'; readonly requests: Readonly<Record<string, ClientRequest>> }
  | { readonly kind: 'refuse'; readonly reason: 'declined' | 'confirmation_unavailable'; readonly message: string };

const KEY = 'confirmation';
const RUN: Decision = { kind: 'run', confirmed: false };

export async function decide(
  { confirm, title }: AnyTool,
  input: Record<string, unknown>,
  context: ToolContext,
  { confirmation }: Dialogue,
  { responses, client, request }: Serving,
): Promise<Decision> {
  if (!confirm) return RUN;
  if (confirmation === 'given') return { kind: 'run', confirmed: true };
  const answered = confirmation === 'asked' ? answerOf(responses[KEY]) : undefined;
  if (answered === 'yes') return { kind: 'run', confirmed: true };
  if (answered === 'no')
    return {
      kind: 'refuse',
      reason: 'declined',
      message: 'The user declined. Nothing was done. Do not call it again unless the user asks for it.',
    };
  const canAsk = client.view.can('elicitation');
  // Before the message, which may read from the upstream what it names.
  if (!canAsk && confirm.otherwise === 'proceed') return RUN;
  const message = await confirm.message(input, context);
  if (message === undefined) return RUN;
  if (canAsk) {
    // Names in it are of the upstream; the input was refused if a person wouldn't see all of it (arguments.ts). Cut, the
    // question would hide its end from the person who says yes to it.
    const shown = visible(message);
    return shown.length > MAX_CONFIRMATION ? tooLong(input) : { kind: 'ask', requests: { [KEY]: question(shown) } };
  }
  return {
    kind: 'refuse',
    reason: 'confirmation_unavailable',
    message: `“${title}” needs the user's confirmation, and this client cannot ask for it. Nothing was done. Tell the user: it can be done in ${request.definition.title} itself, or from a client that supports MCP elicitation.`,
  };
}

function tooLong(input: unknown): Decision {
  const message = `This needs the user's confirmation, and is too long to be shown to them whole. Nothing was done. Shorten ${longestField(input)}.`;
  return { kind: 'refuse', reason: 'confirmation_unavailable', message };
}

/** A form of one box. */
function question(message: string): ClientRequest {
  return {
    method: 'elicitation/create',
    params: {
      mode: 'form',
      message,
      requestedSchema: {
        type: 'object',
        properties: { confirm: { type: 'boolean', title: 'Yes, do this' } },
        required: ['confirm'],
      },
    },
  };
}

/** Undefined for what is neither: the user is asked again. */
function answerOf(response: unknown): 'yes' | 'no' | undefined {
  if (response === null || typeof response !== 'object') return undefined;
  const { action, content } = response as { action?: unknown; content?: unknown };
  if (action === 'decline' || action === 'cancel') return 'no';
  if (action !== 'accept' || content === null || typeof content !== 'object') return undefined;
  const { confirm } = content as { confirm?: unknown };
  return typeof confirm === 'boolean' ? (confirm ? 'yes' : 'no') : undefined;
}
