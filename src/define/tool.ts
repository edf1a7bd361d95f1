// A tool is data: one file each, named after the tool. What is required for safety (scopes, hints, schemas)
// is required by type.
import type * as z from 'zod';
import type { ApiClient } from './api';

/** Who a call acts for. Everything here was verified by the gateway; nothing comes from the model. */
export interface Caller {
  readonly userId: string;
  readonly email: string;
  readonly tenantId: string;
  readonly tenantName: string;
  /** The MCP client's OAuth client id. */
  readonly clientId: string;
  /** Scopes of the access token that made this call. */
  readonly scopes: readonly string[];
  /** When the user signed in, in milliseconds since the epoch. */
  readonly signedInAt: number;
}

/** What a tool's `run` gets beside its input: an identity and an API client, never a token. */
export interface ToolContext {
  readonly caller: Caller;
  readonly api: ApiClient;
  /** Aborted when the caller goes away or the call's time is up. */
  readonly signal: AbortSignal;
}

/** What a tool answers: the data, and the same as Markdown for a person or a model to read. */
export interface ToolOutput<Structured> {
  readonly structured: Structured;
  readonly markdown: string;
}

/** MCP tool annotations; all of them required, since clients decide on confirmation by them. */
export interface ToolHints {
  /** Changes nothing. */
  readonly readOnlyHint: boolean;
  /** May overwrite or remove something. */
  readonly destructiveHint: boolean;
  /** Calling it again with the same input changes nothing more. */
  readonly idempotentHint: boolean;
  /** Reaches people or systems beyond the upstream's own data. */
  readonly openWorldHint: boolean;
}

export interface ToolDefinition<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
  Scope extends string = string,
> {
  readonly name: string;
  readonly title: string;
  /** When to use it, and an example. At most 2,048 characters: clients cut it there. */
  readonly description: string;
  /** Every scope the call needs. */
  readonly scopes: readonly [Scope, ...Scope[]];
  /** `none`: answered from the caller's identity alone, without asking the upstream. */
  readonly upstream: 'default' | 'none';
  /** Tenant and user ids never appear here. */
  readonly input: Input;
  readonly output: Output;
  readonly hints: ToolHints;
  run(input: z.output<Input>, context: ToolContext): Promise<ToolOutput<z.input<Output>>>;
}

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
