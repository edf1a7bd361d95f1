// Why the document of a client can't be used. The error crosses RPC, which keeps the name and message of an error but
// not its class. So the name tells the problem.

export type DocumentProblem = 'invalid' | 'unreachable';

const NAMES = { invalid: 'DocumentInvalidError', unreachable: 'DocumentUnreachableError' } as const;

export class DocumentError extends Error {
  constructor(problem: DocumentProblem, why: string) {
    super(why);
    this.name = NAMES[problem];
  }
}

/** The problem of a DocumentError, also of one that crossed RPC; undefined for any other error. */
export function documentProblem(error: unknown): DocumentProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === NAMES.invalid) return 'invalid';
  return error.name === NAMES.unreachable ? 'unreachable' : undefined;
}
