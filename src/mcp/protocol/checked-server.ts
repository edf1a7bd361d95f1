// The SDK's server, which looks at a request's parameters before a handler does. The SDK by itself answers parameters of
// the wrong type with its validator's output, as an internal error (-32603), and in tools/call under the right code. Here
// the answer is -32602 and names the field. A parameter that is `null` counts as absent: serialisers of many languages
// write what isn't set that way.
import {
  ProtocolError,
  ProtocolErrorCode,
  Server,
  specTypeSchemas,
  type JSONRPCRequest,
  type Result,
  type ServerContext,
  type StandardSchemaV1,
} from '@modelcontextprotocol/server';
import { shorten } from '../../define/text';
import { exchangeOf } from '../calls/request-context';
import { invalidParams } from '../calls/failures';
import { MAX_PROBLEMS_TEXT } from '../calls/limits';

type Handler = (request: JSONRPCRequest, context: ServerContext) => Promise<Result>;

const SCHEMAS: Readonly<Record<string, StandardSchemaV1>> = {
  initialize: specTypeSchemas.InitializeRequest,
  'tools/list': specTypeSchemas.ListToolsRequest,
  'tools/call': specTypeSchemas.CallToolRequest,
  'prompts/list': specTypeSchemas.ListPromptsRequest,
  'prompts/get': specTypeSchemas.GetPromptRequest,
  'resources/list': specTypeSchemas.ListResourcesRequest,
  'resources/templates/list': specTypeSchemas.ListResourceTemplatesRequest,
  'resources/read': specTypeSchemas.ReadResourceRequest,
  'resources/subscribe': specTypeSchemas.SubscribeRequest,
  'resources/unsubscribe': specTypeSchemas.UnsubscribeRequest,
  'completion/complete': specTypeSchemas.CompleteRequest,
  'logging/setLevel': specTypeSchemas.SetLevelRequest,
};

export class CheckedServer extends Server {
  protected override _wrapHandler(method: string, handler: Handler): Handler {
    // oxlint-disable-next-line no-underscore-dangle -- the SDK's own name for what a subclass may wrap
    const inner = super._wrapHandler(method, handler);
    const schema = SCHEMAS[method];
    return async (request, context) => {
      const asked = withoutNulls(request);
      const problem = schema && (await problemWith(asked, schema));
      if (problem !== undefined) throw invalidParams(`Invalid parameters of ${method}: ${problem}`);
      try {
        return await inner(asked, context);
      } catch (error) {
        // What an error without a code says is not meant for a client.
        if (error instanceof Error && 'code' in error && Number.isSafeInteger(error.code)) throw error;
        const { log, ids } = exchangeOf(context).request;
        log.error('request.failed', { error });
        const message = `The gateway could not finish this request. Its operator can find it by the request id ${ids.requestId}.`;
        throw new ProtocolError(ProtocolErrorCode.InternalError, message);
      }
    };
  }
}

/** The arguments of a tool stay as they are: its own schema may give `null` a meaning (arguments.ts). */
function withoutNulls(request: JSONRPCRequest): JSONRPCRequest {
  const { method, params } = request;
  if (!params) return request;
  const given = members(params);
  const { arguments: args } = given;
  if (method === 'prompts/get' && args !== null && typeof args === 'object') given['arguments'] = members(args);
  return { ...request, params: given };
}

function members(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

async function problemWith(request: JSONRPCRequest, schema: StandardSchemaV1): Promise<string | undefined> {
  const { issues } = await schema['~standard'].validate(request);
  if (!issues) return undefined;
  const problems = issues.slice(0, 10).map(({ path = [], message }) => {
    const [, ...field] = path.map((step) => String(typeof step === 'object' ? step.key : step));
    return `${field.join('.') || 'params'}: ${message}`;
  });
  return shorten(problems.join('; '), MAX_PROBLEMS_TEXT);
}
