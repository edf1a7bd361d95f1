// The variables of a request at the edge: its ids, its trace, its log, and the configuration.
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
