// What a world needs to know of the product behind its gateway.

export interface Backend {
  fetch(request: Request): Promise<Response>;
}

export interface TestProduct<Its extends Backend> {
  /** Of its API, as the network sees it. */
  readonly origin: string;
  /** Its backend, as it is before anything has happened. */
  readonly begin: () => Its;
}
