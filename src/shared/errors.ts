// Errors that may cross the border of a room. Each has a stable `code` for logs and tests, an internal message for the
// operator, and a public message that a stranger may read. Each boundary converts them once: edge for HTTP, mcp for
// tool results, oauth for OAuth.

export class GatewayError<Code extends string = string> extends Error {
  override readonly name: string = 'GatewayError';
  /** Stable, snake_case; logged and tested, never parsed out of a message. */
  readonly code: Code;
  /** What a user or a model may read. */
  readonly publicMessage: string;

  constructor(code: Code, publicMessage: string, internalMessage: string = publicMessage, options?: ErrorOptions) {
    super(internalMessage, options);
    this.code = code;
    this.publicMessage = publicMessage;
  }
}

/** A variable or secret is missing or malformed. The visitor only learns that the gateway isn't set up. */
export class ConfigError extends GatewayError {
  override readonly name = 'ConfigError';
  /** The variable's name; its value is never part of the error. */
  readonly variable: string;

  constructor(variable: string, problem: string) {
    super(
      'configuration',
      'The gateway is not set up correctly. Its operator has been told.',
      `${variable}: ${problem}`,
    );
    this.variable = variable;
  }
}

/** The message of anything thrown, for an internal log line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
