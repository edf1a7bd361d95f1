// What a run comes to, in words: the score of a revision, and every check that keeps it from being full.
import { type Check, type Outcome, passed } from './suite.ts';

export interface Score {
  readonly passed: number;
  readonly lines: readonly string[];
}

/** Scores `demanded` scenarios; what was run beside them is reported, and counts for nothing. */
export function score(demanded: readonly string[], outcomes: readonly Outcome[]): Score {
  const found = demanded.map(
    (scenario) => outcomes.find((outcome) => outcome.scenario === scenario) ?? { scenario, checks: [] },
  );
  const others = outcomes.filter((outcome) => !demanded.includes(outcome.scenario) && !passed(outcome));
  return {
    passed: found.filter(passed).length,
    lines: [
      ...found.flatMap((outcome) => describe(outcome, passed(outcome) ? '!' : '✗')),
      ...(others.length > 0
        ? [`  not scored, and not passed: ${others.map(({ scenario }) => scenario).join(', ')}`]
        : []),
    ],
  };
}

/** Nothing for a scenario without a blemish. */
function describe({ scenario, checks }: Outcome, mark: string): string[] {
  if (checks.length === 0) return [`  ${mark} ${scenario}: was not finished`];
  const blemishes = checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING');
  if (blemishes.length === 0 && mark === '✗') return [`  ${mark} ${scenario}: nothing was checked`];
  return blemishes.map((check) => `  ${mark} ${scenario}: ${inWords(check)}`);
}

const inWords = ({ id, status, errorMessage }: Check): string =>
  `${id} (${status.toLowerCase()})${errorMessage === undefined ? '' : `: ${errorMessage}`}`;
