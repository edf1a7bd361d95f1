// Asking the client in the middle of a call (MCP "multi round-trip requests"). A question is the call's answer, with a
// signed state; the client calls again with its responses and that state. In a 2025-era session the SDK asks over the
// stream instead and runs the handler again, so there is one way to write it.
import { inputRequired, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { ClientCapabilities, InputRequests, InputRequiredResult } from '@modelcontextprotocol/server';
import { argumentsDigest } from '../../audit/event';
import type { Ask, Round } from '../../define/context';
import { FIRST_ROUND } from './tool-context';
import type { RequestState } from './request-state';
import type { Serving } from './handler-context';

/** What is called, and with what: a state belongs to exactly that. */
export interface Asked {
  readonly method: 'tools/call' | 'prompts/get';
  readonly name: string;
  readonly arguments: unknown;
}

export interface Dialogue {
  /** What the run sees of the rounds before. */
  readonly round: Round;
  /** Where the gateway's own question before the run stands. */
  readonly confirmation: RequestState['confirmation'];
  /**
   * Makes the call's answer of a question of the run's.
   * @throws CannotAsk
   */
  ask(ask: Ask, confirmed?: boolean): Promise<InputRequiredResult>;
  /** Makes the call's answer of the gateway's own question. */
  confirm(requests: Ask['requests']): Promise<InputRequiredResult>;
}

/** A run asked something that this client, here and now, can't be asked. */
export class CannotAsk extends Error {
  override readonly name = 'CannotAsk';
  readonly requires: ClientCapabilities;

  constructor(method: string, requires: ClientCapabilities) {
    super(`This needs ${method} of the client, which it does not offer here. Use a client that does.`);
    this.requires = requires;
  }
}

/**
 * @throws ProtocolError for a state that was given for another tool or prompt. One for other arguments counts as none,
 * and so do its responses: the user is asked again about what is now to happen.
 */
export async function dialogueOf(serving: Serving, asked: Asked): Promise<Dialogue> {
  const of = `${asked.method} ${asked.name}`;
  // Most calls neither ask nor answer, and are spared the digest.
  let known: Promise<string> | undefined;
  const digest = (): Promise<string> =>
    (known ??= argumentsDigest(asked.arguments ?? {}, serving.request.config.sessionKey));
  const { state } = serving;
  if (state && state.of !== of)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid or expired requestState', {
      reason: 'invalid_request_state',
    });
  const changed = state !== undefined && state.arguments !== (await digest());
  const before = changed ? undefined : state;

  const answer = async (requests: Ask['requests'], carried: Omit<RequestState, 'of' | 'arguments'>) =>
    inputRequired({
      inputRequests: requests as InputRequests,
      // Without anything to carry there is nothing to sign, and the client's responses are taken for what they are.
      ...(Object.keys(carried).length > 0 && {
        requestState: await serving.sign({ of, arguments: await digest(), ...carried }),
      }),
    });

  return {
    round:
      changed || before?.confirmation === 'asked'
        ? FIRST_ROUND
        : { responses: serving.responses, state: before?.state },
    confirmation: before?.confirmation,
    async ask({ requests, state }, confirmed = false) {
      for (const request of Object.values(requests)) {
        const requires = serving.client.lacks(request);
        if (requires) throw new CannotAsk(request.method, requires);
      }
      const result = await answer(requests, {
        ...(confirmed && { confirmation: 'given' }),
        ...(state !== undefined && { state }),
      });
      serving.asked({ outcome: 'success', reason: 'input_requested' });
      return result;
    },
    async confirm(requests) {
      const result = await answer(requests, { confirmation: 'asked' });
      serving.asked({ outcome: 'refused', reason: 'confirmation_asked' });
      return result;
    },
  };
}
