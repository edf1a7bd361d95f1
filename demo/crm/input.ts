// Reading what a request sends: JSON bodies (unknown fields refused, so that nobody slips in a tenant_id)
// and query strings (empty means absent). Whatever is wrong is answered by 422 with the field's name.
import type { Context } from 'hono';
import { z } from 'zod';
import { CrmError } from './errors.ts';

export async function readBody<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch {
    throw new CrmError('validation_failed', 'The body is not JSON.', { body: 'must be a JSON object' });
  }
  return parse(schema, body);
}

export function readQuery<Schema extends z.ZodType>(c: Context, schema: Schema): z.output<Schema> {
  const given = Object.entries(c.req.query()).filter(([, value]) => value !== '');
  return parse(schema, Object.fromEntries(given));
}

/** The part of every list's query string. */
export const pageShape = {
  query: z.string().max(200).optional(),
  starts_with: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().max(500).optional(),
};

export const text = (max: number) => z.string().trim().min(1, 'must not be empty').max(max);
/** Any mailbox without quotes, also beyond ASCII (RFC 6531). */
export const emailAddress = z
  .string()
  .max(254)
  .regex(/^[^\s@"(),:;<>[\\\]]+@[^\s@"(),:;<>[\\\]]+$/, 'must be an email address');

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields: Record<string, string> = {};
  for (const issue of result.error.issues) {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.join('.') || 'body'];
    const message = issue.code === 'unrecognized_keys' ? 'is not a field that can be set here' : issue.message;
    for (const name of names) fields[name] ??= message;
  }
  throw new CrmError('validation_failed', `Not valid: ${Object.keys(fields).join(', ')}.`, fields);
}
