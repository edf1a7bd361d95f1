// A request that the fixture product's backend refuses, in the shape that docs/backend-contract.md names.

export class Refusal extends Error {
  readonly #status: number;
  readonly #fields: readonly string[];

  /** @param fields the fields of the request that are wrong */
  constructor(status: number, code: string, fields: readonly string[] = []) {
    super(code);
    this.#status = status;
    this.#fields = fields;
  }

  toResponse(): Response {
    const fields = Object.fromEntries(this.#fields.map((name) => [name, 'is not valid']));
    const body = { error: this.message, ...(this.#fields.length > 0 && { fields }) };
    return Response.json(body, { status: this.#status });
  }
}
