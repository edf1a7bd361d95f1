// Cloudflare's list prices beyond what a plan includes, in US dollars, Workers Paid.
// As read on 2026-11-21. Check them before you rely on them:
// - https://developers.cloudflare.com/workers/platform/pricing/
// - https://developers.cloudflare.com/durable-objects/platform/pricing/
// - https://developers.cloudflare.com/kv/platform/pricing/
// - https://developers.cloudflare.com/d1/platform/pricing/
import type { Usage } from './usage.ts';

export const PRICES_AS_OF = '2026-11-21';

/** An object has 128 MB, whatever it uses; 1 GB is 1,000 MB. */
const OBJECT_GB = 0.128;
const perMillion = (dollars: number): number => dollars / 1e6;

/** For one of each. */
const prices: Readonly<Record<keyof Usage, number>> = {
  requests: perMillion(0.3),
  cpuMs: perMillion(0.02),
  // "Includes HTTP requests, RPC sessions, WebSocket messages, and alarm invocations".
  objectRequests: perMillion(0.15),
  alarms: perMillion(0.15),
  // Twenty messages count as one request.
  socketMessages: perMillion(0.15) / 20,
  objectActiveMs: (perMillion(12.5) * OBJECT_GB) / 1_000,
  objectRowsRead: perMillion(0.001),
  objectRowsWritten: perMillion(1),
  kvReads: perMillion(0.5),
  kvWrites: perMillion(5),
  kvLists: perMillion(5),
  // Only rows are billed.
  d1Requests: 0,
  d1RowsRead: perMillion(0.001),
  d1RowsWritten: perMillion(1),
  // A Worker's own requests to other servers are free.
  fetches: 0,
};

/** What a million times this usage costs, in dollars. */
export function dollarsPerMillion(usage: Usage): number {
  return Object.entries(prices).reduce((sum, [unit, price]) => sum + usage[unit as keyof Usage] * price * 1e6, 0);
}
