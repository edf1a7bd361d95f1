// Why a client can't be known by its document. It has to be told across RPC, which keeps an error's name and message
// but not its class, so the name says which of the two it is.

export type DocumentProblem = 'invalid' | 'unreachable';

const NAMES = { invalid: 'DocumentInvalidError', unreachable: 'DocumentUnreachableError' } as const;

export class DocumentError extends Error {
  constructor(problem: DocumentProblem, why: string) {
    super(why);
    this.name = NAMES[problem];
  }
}

/** Which problem an error tells of, wherever it was thrown; undefined for any other error. */
export function documentProblem(error: unknown): DocumentProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === NAMES.invalid) return 'invalid';
  return error.name === NAMES.unreachable ? 'unreachable' : undefined;
}
