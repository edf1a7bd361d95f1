// Errors that a tool, a prompt or a resource may throw itself. Everything else that it meets (upstream failures, aborts)
// it lets pass. Whatever is neither of these nor an upstream failure is told as "could not finish", with a request id.

/**
 * The input is well-formed field by field but makes no sense as a whole ("change at least one field").
 * The model gets the message and the field's name, so both must be safe to show and say what to do instead.
 */
export class ToolInputError extends Error {
  override readonly name = 'ToolInputError';
  readonly code = 'invalid_input';
  /** The input property to correct, or `input` where it is about several. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** It can't be done, and the message says so to the model and the user: it must be safe to show and say what to do. */
export class PublicError extends Error {
  override readonly name: string = 'PublicError';
  /** Stable, snake_case: the reason in the audit trail. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** There is nothing of that name for this user. Don't tell "doesn't exist" from "not yours": that would be an answer. */
export class NotFoundError extends PublicError {
  override readonly name = 'NotFoundError';

  constructor(message = 'There is nothing of that name that this user can see.') {
    super('not_found', message);
  }
}
