// Checks values against JSON Schemas as a client would, with the validator that the SDK gives to clients in Workers.
import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker';

const validator = new CfWorkerJsonSchemaValidator();

/** What is wrong with `value`, or undefined where it conforms. */
export function problemsWith(value: unknown, schema: unknown): string | undefined {
  const result = validator.getValidator(schema as Parameters<typeof validator.getValidator>[0])(value);
  return result.valid ? undefined : result.errorMessage;
}
