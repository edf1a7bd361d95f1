// Removes secrets from log lines: credentials by the name of their field, and by their form where a message quotes one.
// An email becomes a keyed digest, so an operator can find the lines of one person without a name in them.
import { createHmac } from 'node:crypto';

const SECRET_FIELD =
  /token|secret|authorization|cookie|password|credential|assertion|verifier|envelope|api_?key|^code$|^state$|^nonce$|^handle$/i;

/** Names whose value is secret in a quoted query, form or JSON. What follows such a name is replaced. */
const SECRET_NAME = String.raw`(?:[\w-]{0,40}token|code|state|nonce|handle|code_verifier|client_secret|password|assertion)`;
const QUOTED_FIELD = new RegExp(String.raw`\b(${SECRET_NAME}(?:=|"\s*:\s*"))[^&\s"'<>]+`, 'gi');
/**
 * Authorization values, JSON Web Tokens, sealed envelopes, and this gateway's `subject:grant:secret` tokens and codes,
 * also percent-encoded. Repetitions are bounded, so the time grows only with the length of the line.
 */
const SECRET_TEXT =
  /\bBearer\s+[^\s,"']+|\bBasic\s+[\w+/=]{8,}|\beyJ[\w-]{1,2048}\.[\w-]+(?:\.[\w-]*)?|\bv1\.[\w-]{1,64}\.[\w-]{16}\.[\w-]+|[\w-]{22}\.[\w-]{11}(?::|%3A)[\w-]+(?::|%3A)[\w-]+/gi;
const EMAIL = /[A-Za-z0-9._%+-]{1,64}(?:@|%40)[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,63}/g;

export interface Redaction {
  /** Keys the email digest. Absent when the configuration could not be read: emails are then replaced by `[email]`. */
  readonly emailKey?: string | undefined;
  /** Whether the operator wants to see emails in the log (LOG_EMAILS). */
  readonly showEmails?: boolean | undefined;
}

/** 48 bits tell the people of one log apart. */
const DIGEST_DIGITS = 12;

/** A stable pseudonym of an email: `email:` and 12 hex digits. */
export function emailDigest(email: string, key: string): string {
  return `email:${createHmac('sha256', key).update(email.toLowerCase()).digest('hex').slice(0, DIGEST_DIGITS)}`;
}

/** Deeper than anything that the gateway logs. */
const MAX_DEPTH = 6;

/** A copy of `value` without secrets. Its depth is bounded. Errors keep their name, code and message. */
export function redact(value: unknown, redaction: Redaction, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value, redaction);
  if (typeof value === 'bigint') return String(value); // JSON has no bigint, and a log line must not throw
  if (value === null || typeof value !== 'object') return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Error) {
    const code = 'code' in value && typeof value.code === 'string' ? { code: value.code } : {};
    const cause = value.cause === undefined ? {} : { cause: redact(value.cause, redaction, depth + 1) };
    return { name: value.name, ...code, message: redactText(value.message, redaction), ...cause };
  }
  if (Array.isArray(value)) return value.map((item) => redact(item, redaction, depth + 1));
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    SECRET_FIELD.test(name) && typeof field !== 'boolean' && typeof field !== 'number'
      ? '[redacted]'
      : redact(field, redaction, depth + 1),
  ]);
  return Object.fromEntries(fields) as Record<string, unknown>;
}

/** Our own texts are shorter. A stranger's text must not make a log line expensive. */
const MAX_TEXT = 8_192;

function redactText(whole: string, redaction: Redaction): string {
  const text = whole.length > MAX_TEXT ? `${whole.slice(0, MAX_TEXT)}[cut]` : whole;
  const withoutSecrets = text.replace(SECRET_TEXT, '[redacted]').replace(QUOTED_FIELD, '$1[redacted]');
  if (redaction.showEmails) return withoutSecrets;
  const { emailKey } = redaction;
  return withoutSecrets.replace(EMAIL, (email) =>
    emailKey ? emailDigest(email.replace(/%40/, '@'), emailKey) : '[email]',
  );
}
