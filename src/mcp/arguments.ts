// A tool's arguments, checked against its schema before anything is asked or run. What the user will be asked about holds
// nothing besides that they wouldn't see: else they would say yes to one text, and another one would be sent.
import type * as z from 'zod';
import { hiddenMessage, shorten, unseen } from '../define/text';
import type { AnyTool } from '../define/tool';
import { MAX_PROBLEMS_TEXT } from './limits';

export type Arguments =
  | { readonly kind: 'input'; readonly input: unknown }
  /** In words that the model can act on. */
  | { readonly kind: 'problem'; readonly message: string };

export function readArguments(tool: AnyTool, given: Record<string, unknown> | undefined): Arguments {
  const schema = tool.input as z.ZodObject;
  const { data, error } = schema.safeParse(withoutNulls(schema, given ?? {}));
  if (error) {
    const problems = error.issues.slice(0, 10).map(({ path, message }) => `${nameOf(path)}: ${message}`);
    return { kind: 'problem', message: invalidArguments(tool, problems) };
  }
  const hidden = tool.confirm && texts(data).find(({ text }) => unseen(text) !== undefined);
  return hidden
    ? { kind: 'problem', message: invalidArguments(tool, [`${nameOf(hidden.path)}: ${hiddenMessage(hidden.text)}`]) }
    : { kind: 'input', input: data };
}

/** The field that makes a question longest, by its name. */
export function longestField(input: unknown): string {
  const longest = texts(input).reduce<Text | undefined>(
    (before, one) => (before && before.text.length >= one.text.length ? before : one),
    undefined,
  );
  return nameOf(longest?.path ?? []);
}

/**
 * A model that fills in a form has no other way to leave a field out than `null`. So a `null` that its schema doesn't
 * take counts as absent where the field may be absent, at any depth.
 */
function withoutNulls(schema: z.ZodType, value: unknown): unknown {
  const { shape } = unwrapped(schema) as Partial<z.ZodObject>;
  if (shape === undefined || value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).flatMap(([name, member]) => {
    const field = Object.hasOwn(shape, name) ? (shape[name] as z.ZodType) : undefined;
    if (field === undefined) return [[name, member] as const];
    return member === null && mayBeAbsent(field) ? [] : [[name, withoutNulls(field, member)] as const];
  });
  return Object.fromEntries(kept);
}

function mayBeAbsent(field: z.ZodType): boolean {
  return !field.safeParse(null).success && field.safeParse(undefined).success;
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const { innerType } = schema.def as { innerType?: z.ZodType };
  return innerType ? unwrapped(innerType) : schema;
}

interface Text {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

/** Every string of an input: its values, and the names that a caller chose. */
function texts(value: unknown, path: readonly PropertyKey[] = []): Text[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, member]) => [{ path, text: name }, ...texts(member, [...path, name])]);
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.join('.') || 'arguments';
}

function invalidArguments(tool: AnyTool, problems: readonly string[]): string {
  return `Invalid arguments for ${tool.name}: ${shorten(problems.join('; '), MAX_PROBLEMS_TEXT)}. Correct them and call the tool again.`;
}
