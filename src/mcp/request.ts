// One authenticated request to the MCP endpoint: everything a handler needs, and nothing it may not have. The access
// token of the first hop is not in here; the credential of the second is used by the API client alone.
import type { RequestIds } from '../audit/event';
import type { Config } from '../config';
import type { GatewayDefinition } from '../define/gateway';
import type { Caller } from '../define/tool';
import type { CredentialAnswer, GrantedCall } from '../session/face';
import type { Log } from '../shared/log';
import type { Trace } from '../shared/trace';

export type RequestBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'none' | 'malformed' | 'too_large' | 'too_deep' };

export interface McpRequest {
  readonly definition: GatewayDefinition;
  readonly config: Config;
  readonly body: RequestBody;
  readonly caller: Caller;
  /** The intent and credential of a tool call; absent for every other request. */
  readonly call: GrantedCall | undefined;
  readonly renew: (version: number) => Promise<CredentialAnswer>;
  readonly ids: RequestIds;
  readonly trace: Trace;
  readonly log: Log;
  readonly now: () => number;
}
