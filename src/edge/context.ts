// What each request carries through the edge: its ids, trace, log, and the configuration it is served under.
import type { RequestIds } from '../audit/event';
import type { Bindings, Config } from '../config';
import type { Log } from '../shared/log';
import type { Trace } from '../shared/trace';

interface EdgeVariables {
  requestId: string;
  trace: Trace;
  log: Log;
  config: Config;
}

export interface EdgeEnv {
  Bindings: Bindings;
  Variables: EdgeVariables;
}

export function idsOf(variables: Pick<EdgeVariables, 'requestId' | 'trace'>): RequestIds {
  return { requestId: variables.requestId, traceId: variables.trace.traceId };
}
