// What was counted since it was last asked for, in this isolate: a Worker and its Durable Objects share it.

/** In units that Cloudflare bills, and fetches, which it doesn't. */
const zero = {
  requests: 0,
  objectRequests: 0,
  alarms: 0,
  /** Wall-clock time in which an object was at work, or waited for something that keeps it from hibernating. */
  objectActiveMs: 0,
  socketMessages: 0,
  objectRowsRead: 0,
  objectRowsWritten: 0,
  kvReads: 0,
  kvWrites: 0,
  kvLists: 0,
  d1Requests: 0,
  d1RowsRead: 0,
  d1RowsWritten: 0,
  fetches: 0,
};
export type Counts = typeof zero;
export type Count = keyof Counts;

export const counts: Counts = { ...zero };

export function takeCounts(): Counts {
  const taken = { ...counts };
  Object.assign(counts, zero);
  return taken;
}

let held = 0;
export const delayMs = (): number => held;

/** Holds up every hop from now on. */
export function holdUp(milliseconds: number): void {
  held = milliseconds;
}
