// Errors that a tool may throw itself. Everything else a tool meets (upstream failures, aborts) it lets pass.

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
