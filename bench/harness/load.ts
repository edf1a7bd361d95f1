// Load from a process of its own (autocannon), so that what it costs to make it isn't measured with the Worker.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inRepository } from '../../demo/paths.ts';
import { ID_PLACE, type HttpRequest } from './requests.ts';

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds, in whole ones. */
  readonly p50: number;
  readonly p99: number;
}

export const CONCURRENCY = 16;

/** @throws Error when any answer was not a success */
export async function load(request: HttpRequest, amount: number, concurrency = CONCURRENCY): Promise<LoadResult> {
  const { url, method, headers, body } = request;
  const flags = [
    // -L: it stops at the end of a sample.
    '-j',
    ...Object.entries({ '-L': '20', '-c': String(concurrency), '-a': String(amount), '-m': method }).flat(),
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]),
    ...(body === undefined ? [] : ['-b', body]),
    ...(body?.includes(ID_PLACE) ? ['-I'] : []),
  ];
  const script = inRepository('bench/node_modules/autocannon/autocannon.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...flags, url]);
  const measured = JSON.parse(stdout) as {
    readonly '2xx': number;
    readonly non2xx: number;
    readonly errors: number;
    readonly timeouts: number;
    readonly duration: number;
    readonly latency: { readonly p50: number; readonly p99: number };
  };
  const { errors, non2xx, timeouts, duration, latency } = measured;
  if (errors + non2xx + timeouts > 0)
    throw new Error(`${url}: ${non2xx} refused, ${errors} failed, ${timeouts} too late, of ${measured['2xx']}`);
  return { requests: measured['2xx'], perSecond: measured['2xx'] / duration, p50: latency.p50, p99: latency.p99 };
}
