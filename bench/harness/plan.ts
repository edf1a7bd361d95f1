// Which cases are measured, and in which order. A round goes through all of them, so that a slow minute of the machine
// meets every case; a subject's turns are apart, so that what it does behind an answer is over before its next turn.
import { IN_SESSION, type Operation, type Wire } from './requests.ts';
import type { SubjectName } from './subjects.ts';

/** A case without a wire is plain HTTP. */
export type Case =
  | { readonly subject: SubjectName; readonly wire: Wire; readonly operation: Operation }
  | { readonly subject: 'floor' | 'proxy'; readonly wire: null; readonly operation: 'get' };

export interface Plan {
  readonly cases: readonly Case[];
  readonly rounds: number;
  /** Of load, for each turn, as the warm-up predicts it. */
  readonly seconds: number;
  readonly coldStarts: number;
  /** Of load on each case before the first round, at most: V8 compiles in several steps what runs often. */
  readonly warmUpSeconds: number;
}

const MODERN = '2026-07-28';
const LEGACY = '2025-11-25';
const yardsticks: readonly Case[] = [
  { subject: 'floor', wire: null, operation: 'get' },
  { subject: 'proxy', wire: null, operation: 'get' },
];
const on = (wire: Wire, operation: Operation, ...names: SubjectName[]): Case[] =>
  names.map((subject) => ({ subject, wire, operation }));

/** Everything. Under 10 minutes on two cores. */
export const full: Plan = {
  cases: [
    ...yardsticks,
    ...on(MODERN, 'call', 'gateway', 'stateless', 'sdk', 'gateway-5', 'gateway-50', 'gateway-500'),
    ...on(LEGACY, 'call', 'gateway', 'stateless', 'sdk'),
    ...on(IN_SESSION, 'call', 'gateway', 'template'),
    ...on(IN_SESSION, 'write', 'gateway'),
    ...on(MODERN, 'list', 'gateway-5', 'gateway-50', 'gateway-500', 'gateway', 'stateless', 'sdk'),
    ...on(LEGACY, 'list', 'stateless', 'sdk', 'gateway'),
    ...on(IN_SESSION, 'list', 'template', 'gateway'),
  ],
  rounds: 5,
  seconds: 2,
  coldStarts: 15,
  warmUpSeconds: 4,
};

/** What the goals need, and no more. Some two minutes. */
export const quick: Plan = {
  cases: [
    ...yardsticks,
    ...on(MODERN, 'call', 'gateway', 'sdk', 'stateless', 'gateway-5', 'gateway-50'),
    ...on(LEGACY, 'call', 'gateway', 'sdk', 'stateless'),
    ...on(IN_SESSION, 'call', 'gateway', 'template'),
    ...on(IN_SESSION, 'write', 'gateway'),
    ...on(IN_SESSION, 'list', 'gateway'),
    ...on(MODERN, 'list', 'gateway-5', 'gateway-50'),
  ],
  rounds: 3,
  seconds: 0.3,
  coldStarts: 3,
  warmUpSeconds: 0,
};

export function nameOf({ subject, wire, operation }: Case): string {
  return wire === null ? subject : `${subject} ${operation} ${wire}`;
}
