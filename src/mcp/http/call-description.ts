// What a request to the MCP endpoint does for its caller, read from its body before anything acts on it: the session
// decides by it and puts it on record. A request that only lists or negotiates does nothing, and isn't described.
import { argumentsDigest } from '../../audit/event';
import type { Config } from '../../config';
import type { GatewayDefinition } from '../../define/gateway';
import { upstreamOf, type UpstreamUse } from '../../define/upstream';
import type { CallInput } from '../../session/stub';
import type { Catalogue } from '../calls/catalogue';
import { findCompletable, type Reference } from '../calls/completion';
import { MAX_RECORDED_NAME } from '../calls/limits';
import { isObject, type Members, type Message } from '../calls/message';
import { asksAccess, REQUEST_ACCESS } from '../calls/request-access';

/** What a call leads to in the definition; undefined where there is nothing of that name. */
interface Target {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly upstream: UpstreamUse;
}

interface Described {
  readonly action: CallInput['action'];
  /** The caller's own word for it. */
  readonly asked: string;
  readonly target: Target | undefined;
  readonly arguments: unknown;
}

export async function describeCall(
  message: Message,
  { sessionKey }: Config,
  definition: GatewayDefinition,
  catalogue: Catalogue,
): Promise<CallInput | undefined> {
  const described = describe(message, catalogue);
  if (!described) return undefined;
  const { action, asked, target } = described;
  const access = asked === REQUEST_ACCESS && action === 'tool_call' && asksAccess(described.arguments, definition);
  return {
    action,
    // What doesn't exist has only the caller's text for a name: it is refused, and recorded cut short.
    tool: target?.name ?? asked.slice(0, MAX_RECORDED_NAME),
    scopes: target?.scopes ?? [],
    upstream: (target && upstreamOf(definition, target.upstream)?.name) ?? null,
    argumentsDigest: await argumentsDigest(described.arguments ?? {}, sessionKey),
    ...access,
  };
}

function describe(message: Message, catalogue: Catalogue): Described | undefined {
  if (message.kind !== 'request' && message.kind !== 'notification') return undefined;
  const { name, uri, arguments: given, ref, argument, context } = message.params;
  switch (message.method) {
    case 'tools/call':
      if (typeof name !== 'string') return undefined;
      return { action: 'tool_call', asked: name, target: catalogue.tool(name), arguments: given };
    case 'prompts/get':
      if (typeof name !== 'string') return undefined;
      return { action: 'prompt_get', asked: name, target: catalogue.prompt(name), arguments: given };
    case 'resources/read':
      if (typeof uri !== 'string') return undefined;
      return { action: 'resource_read', asked: uri, target: catalogue.resource(uri)?.resource, arguments: { uri } };
    case 'completion/complete': {
      const reference = isObject(ref) ? referenceOf(ref) : undefined;
      if (!reference) return undefined;
      const asked = reference.type === 'ref/prompt' ? reference.name : reference.uri;
      const target = findCompletable(catalogue, reference);
      return { action: 'completion', asked, target, arguments: { argument, context } };
    }
    default:
      return undefined;
  }
}

function referenceOf({ type, name, uri }: Members): Reference | undefined {
  if (type === 'ref/prompt' && typeof name === 'string') return { type, name };
  if (type === 'ref/resource' && typeof uri === 'string') return { type, uri };
  return undefined;
}
