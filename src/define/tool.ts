// A tool is data: one file each, named after the tool. What is required for safety (scopes, hints, schemas)
// is required by type.
import type * as z from 'zod';
import type { Changed, ContentBlock, Icon } from './content';
import type { Ask, RequestContext } from './context';

export type { Caller } from './context';

/** What a tool's `run` gets beside its input: the caller and the API, and no way to talk to the client. */
export type ToolContext = Pick<RequestContext, 'caller' | 'moreAccess' | 'api' | 'signal'>;

/** What an interactive tool's `run` gets: the client as well, to ask it and to tell it how the call goes. */
export type InteractiveToolContext = RequestContext;

/** What a tool answers: the data, and the same as Markdown for a person or a model to read. */
export interface ToolOutput<Structured> {
  /** What could deceive a reader is taken out of its strings (text.ts `harmless`), wherever they come from. */
  readonly structured: Structured;
  /** Empty: nothing but `content`. */
  readonly markdown: string;
  /** Images, audio, resources and links, after the text. */
  readonly content?: readonly ContentBlock[];
  /** Lists and resources that the call changed, for those who listen. */
  readonly changed?: readonly Changed[];
}

/** Asking the user before a call that can't be taken back, or that reaches other people. */
export interface Confirmation<Input> {
  /**
   * What is about to happen, in the user's words; undefined: this call needs no asking. Plain text. It may read what is
   * there now, to name it: a person knows a customer's name, not its id. What it throws ends the call, as from `run`.
   * Show every text of the input whole and as it is: it holds nothing that a person doesn't see, or the call was refused
   * before (define/text.ts `unseen`). What comes from the upstream may be shortened; what is sent may not.
   */
  message(input: Input, context: ToolContext): string | undefined | Promise<string | undefined>;
  /** What to do when the client can't ask its user. */
  readonly otherwise: 'proceed' | 'refuse';
}

/** MCP tool annotations; all of them required, since clients decide on confirmation by them. */
export interface ToolHints {
  /**
   * Changes nothing. Unless it is interactive or asks for a confirmation, such a tool may begin to read while the gateway
   * still makes sure that the call is allowed. Its result is thrown away if the call isn't: so a GET of the upstream must
   * have no effects, and the tool asks nothing but `api`.
   */
  readonly readOnlyHint: boolean;
  /** May overwrite or remove something. */
  readonly destructiveHint: boolean;
  /** Calling it again with the same input changes nothing more. */
  readonly idempotentHint: boolean;
  /** Reaches people or systems beyond the upstream's own data. */
  readonly openWorldHint: boolean;
}

interface ToolFields<Input extends z.ZodObject, Output extends z.ZodObject, Scope extends string> {
  readonly name: string;
  readonly title: string;
  /**
   * When to use it, and an example. At most 2,048 characters: clients cut it there. A line that names another tool is
   * left out where a session lacks that tool; so the first line speaks of this tool alone.
   */
  readonly description: string;
  /** Every scope the call needs. */
  readonly scopes: readonly [Scope, ...Scope[]];
  /** `none`: answered from the caller's identity alone, without asking the upstream. */
  readonly upstream: 'default' | 'none';
  /** Tenant and user ids never appear here. Text that people will read: `shownText` and `shownLine` (text.ts). */
  readonly input: Input;
  readonly output: Output;
  readonly hints: ToolHints;
  readonly icons?: readonly Icon[];
  readonly confirm?: Confirmation<z.output<Input>>;
}

/** A tool that says nothing before its result. The gateway answers its calls by the shortest way. */
export interface NonInteractiveTool<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
  Scope extends string = string,
> extends ToolFields<Input, Output, Scope> {
  readonly interactive?: false;
  run(input: z.output<Input>, context: ToolContext): Promise<ToolOutput<z.input<Output>>>;
}

/** A tool that talks to its client while it runs: it asks, reports progress, or logs. */
export interface InteractiveTool<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
  Scope extends string = string,
> extends ToolFields<Input, Output, Scope> {
  /** Its calls are served by the MCP SDK from the start, and cancelled by a client of the 2025 revisions in mid-run. */
  readonly interactive: true;
  run(input: z.output<Input>, context: InteractiveToolContext): Promise<ToolOutput<z.input<Output>> | Ask>;
}

export type ToolDefinition<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
  Scope extends string = string,
> = NonInteractiveTool<Input, Output, Scope> | InteractiveTool<Input, Output, Scope>;

// A catalogue holds tools of many schemas; `run` is checked against its own schemas in defineTool, and the gateway
// parses the input with the very same schema before it calls `run`.
// oxlint-disable-next-line typescript/no-explicit-any -- the existential type "a tool of some schemas" has no other spelling
export type AnyTool = ToolDefinition<any, any>;

/** Identity function: gives inference of the input and output types inside `run`. */
export function defineTool<const Scope extends string, Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: ToolDefinition<Input, Output, Scope>,
): ToolDefinition<Input, Output, Scope> {
  return tool;
}
