// A tool's arguments, checked against its schema before anything is asked or run. What the user will be asked about holds
// nothing besides that they wouldn't see: else they would say yes to one text, and another one would be sent.
import type * as z from 'zod';
import { hiddenMessage, shorten, unseen } from '../../define/text';
import type { AnyTool } from '../../define/tool';
import { MAX_PROBLEMS_TEXT } from './limits';

export type Arguments =
  | { readonly kind: 'input'; readonly input: Record<string, unknown> }
  /** In words that the model can act on. */
  | { readonly kind: 'problem'; readonly message: string };

export function readArguments(tool: AnyTool, given: Record<string, unknown> | undefined): Arguments {
  const { data, error } = parse(tool.input, given ?? {});
  if (error) {
    const problems = error.issues.slice(0, 10).map(({ path, message }) => `${nameOf(path)}: ${message}`);
    return { kind: 'problem', message: invalidArguments(tool, problems) };
  }
  const hidden = tool.confirm && texts(data).find(({ text }) => unseen(text) !== undefined);
  return hidden
    ? { kind: 'problem', message: invalidArguments(tool, [`${nameOf(hidden.path)}: ${hiddenMessage(hidden.text)}`]) }
    : { kind: 'input', input: data as Record<string, unknown> };
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
 * Parses arguments as JSON gives them. A model that fills in a form has no other way to leave a field out than `null`, so
 * a `null` that the schema refuses counts as absent where the field may be absent, at any depth.
 */
function parse(schema: z.ZodType, given: Record<string, unknown>): z.ZodSafeParseResult<unknown> {
  const first = schema.safeParse(given);
  const nulls = first.error?.issues.map(({ path }) => path).filter((path) => isNullMember(given, path)) ?? [];
  if (nulls.length === 0) return first;
  const second = schema.safeParse(without(given, nulls));
  // What is absent now and may not be was `null`, and that is what its sender wants to hear.
  second.error?.issues.forEach(({ path }, index, issues) => {
    const before = first.error?.issues.find((issue) => nameOf(issue.path) === nameOf(path));
    if (before) issues[index] = before;
  });
  return second;
}

function isNullMember(value: unknown, path: readonly PropertyKey[]): boolean {
  return typeof path.at(-1) === 'string' && at(value, path) === null;
}

function without(value: object, paths: readonly (readonly PropertyKey[])[]): unknown {
  const copy = structuredClone(value);
  for (const path of paths) Reflect.deleteProperty(at(copy, path.slice(0, -1)) as object, path.at(-1) as string);
  return copy;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
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
