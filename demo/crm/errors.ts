// The CRM's errors as its contract names them: a code, a message, and the fields that were wrong.

const statusOf = {
  unauthorized: 401,
  invalid_token: 401,
  invalid_grant: 400,
  user_disabled: 403,
  forbidden: 403,
  unknown_user: 404,
  not_found: 404,
  conflict: 409,
  validation_failed: 422,
  internal: 500,
} as const;

export type CrmErrorCode = keyof typeof statusOf;

export class CrmError extends Error {
  readonly code: CrmErrorCode;
  readonly fields: Readonly<Record<string, string>> | undefined;

  constructor(code: CrmErrorCode, message: string, fields?: Readonly<Record<string, string>>) {
    super(message);
    this.name = 'CrmError';
    this.code = code;
    this.fields = fields;
  }

  toResponse(): Response {
    const headers: Record<string, string> =
      this.code === 'invalid_token' ? { 'WWW-Authenticate': 'Bearer error="invalid_token"' } : {};
    const body = { error: this.code, message: this.message, ...(this.fields ? { fields: this.fields } : {}) };
    return Response.json(body, { status: statusOf[this.code], headers });
  }
}

export const invalidField = (name: string, text: string): CrmError =>
  new CrmError('validation_failed', `The field ${name} is not valid.`, { [name]: text });
