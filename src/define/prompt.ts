// Prompts as an adopter declares them: what a user picks from a menu to begin with.
import type { ContentBlock, Icon } from './content';
import type { Ask, Completer, ContextFor } from './context';
import type { UpstreamUse } from './upstream';

export interface PromptArgument {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly required: boolean;
  /** Suggests values while the user types. */
  readonly complete?: Completer;
}

export interface PromptMessage {
  readonly role: 'user' | 'assistant';
  readonly content: ContentBlock;
}

export interface PromptDefinition<Scope extends string = string, Upstream extends UpstreamUse = UpstreamUse> {
  readonly name: string;
  readonly title: string;
  /** At most 2,048 characters. */
  readonly description: string;
  /** Every scope it needs; without them it isn't listed. */
  readonly scopes: readonly [Scope, ...Scope[]];
  readonly upstream: Upstream;
  readonly arguments: readonly PromptArgument[];
  readonly icons?: readonly Icon[];
  /** Arguments that are required are there; each is a text of at most 1,000 characters. */
  run(
    args: Readonly<Record<string, string | undefined>>,
    context: ContextFor<Upstream>,
  ): Promise<readonly PromptMessage[] | Ask>;
}

/** Identity function, for a place to read the contract. */
export function definePrompt<const Scope extends string, const Upstream extends UpstreamUse>(
  prompt: PromptDefinition<Scope, Upstream>,
): PromptDefinition<Scope, Upstream> {
  return prompt;
}
