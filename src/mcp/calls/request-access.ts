// More access than a session has: the gateway's own tool `request_access`, which a model finds where its user's role
// allows something that this consent lacks, and what a model is told where nobody asks the user. Nothing is granted here.
// The session's object answers a call with the challenge (session/step-up.ts), upon which the client asks its user on a
// consent page; here are the words for the rest.
import type { CallToolResult, Tool } from '@modelcontextprotocol/server';
import { REQUEST_ACCESS } from '../../define/checks';
import type { Caller, MoreAccess } from '../../define/context';
import type { GatewayDefinition } from '../../define/gateway';
import { scopesInWords } from '../../define/scopes';
import { shorten } from '../../define/text';
import { visible, type Access } from '../../policy/access';
import { beyond } from '../../policy/standing';
import type { CallInput } from '../../session/stub';
import { MAX_PROBLEMS_TEXT } from './limits';
import type { McpRequest } from './request';

export { REQUEST_ACCESS };

type Holder = Pick<Caller, 'scopes' | 'attainable' | 'roleKnown'>;

/** What `request_access` offers to this caller; empty: it isn't listed. */
export function offeredTo({ scopes, attainable, roleKnown }: Holder, definition: GatewayDefinition): readonly string[] {
  const { access, scopes: catalogue } = definition;
  if (access?.list === 'role' || (!roleKnown && !access?.offerWithoutRole)) return [];
  // A session may remember a scope that a deployment has taken away since.
  return beyond(scopes, attainable).filter((name) => Object.hasOwn(catalogue, name));
}

/** Listed as it stands: no schema is converted for it. */
export function requestAccessListing(
  offered: readonly string[],
  roleKnown: boolean,
  { title, scopes }: GatewayDefinition,
): Tool {
  const name = 'Request access';
  return {
    name: REQUEST_ACCESS,
    title: name,
    description: `Ask the user to let this connection do more in ${title} than they allowed so far: ${scopesInWords(offered, scopes)}.
${roleKnown ? 'Their role allows all of it.' : `Whether their role in ${title} allows it is not known: it may still be refused.`} Use it only when what the user asked for needs it, and name no more than that. It grants nothing by itself: the user decides on a page in the browser.
Example: ${JSON.stringify({ scopes: offered.slice(0, 1) })}`,
    inputSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        scopes: {
          type: 'array',
          items: { type: 'string', enum: [...offered] },
          minItems: 1,
          maxItems: offered.length,
          description: 'What to ask for',
        },
      },
      required: ['scopes'],
      additionalProperties: false,
    },
    annotations: {
      title: name,
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
    // No scope is needed to ask for one.
    _meta: { securitySchemes: [{ type: 'oauth2', scopes: [] }] },
  };
}

/** What a call of it needs, for the session to decide by; undefined where the definition has no such tool. */
export function asksAccess(
  given: unknown,
  { access, scopes }: GatewayDefinition,
): Pick<CallInput, 'scopes' | 'asksAccess'> | undefined {
  if (access?.list === 'role') return undefined;
  const asked = scopesIn(given);
  // What is malformed needs nothing: it is let through, and answered with what is wrong.
  const known = asked?.every((name) => Object.hasOwn(scopes, name)) ? asked : [];
  return { scopes: known, asksAccess: access?.offerWithoutRole ? 'always' : 'role' };
}

/** The answer to a call that the session let through, since there is nothing to challenge for; undefined: no such tool. */
export function answerRequestAccess(
  given: unknown,
  { caller, access, definition }: McpRequest,
): CallToolResult | undefined {
  const offered = offeredTo(caller, definition);
  if (definition.access?.list === 'role' || (!caller.roleKnown && !definition.access?.offerWithoutRole))
    return undefined;
  const asked = scopesIn(given);
  if (asked?.every((name) => Object.hasOwn(definition.scopes, name))) return granted(asked, access, definition);
  const choice = offered.length > 0 ? `give one or more of ${offered.join(', ')}` : 'there is nothing left to ask for';
  return said(shorten(`Invalid arguments for ${REQUEST_ACCESS}: scopes: ${choice}.`, MAX_PROBLEMS_TEXT), true);
}

/** The user has allowed it: the same call, made once more after the consent page. */
function granted(asked: readonly string[], access: Access, { tools }: GatewayDefinition): CallToolResult {
  const entries = tools.map(({ name, scopes }) => ({ kind: 'tool', name, scopes }) as const);
  const now = visible({ ...access, scopes: asked }, entries).map(({ name }) => name);
  const use = now.length > 0 ? ` List the tools again, and use ${now.join(', ')}.` : '';
  return said(`This connection has ${asked.join(', ')}.${use}`, false);
}

function said(text: string, isError: boolean): CallToolResult {
  return { ...(isError && { isError }), content: [{ type: 'text', text }] };
}

/** Why a call was not made, and what its user can do. */
export function withheldResult({ withheld, definition, stepUp }: McpRequest): CallToolResult | undefined {
  if (!withheld) return undefined;
  const text = withheldWords(withheld, definition);
  const result = said(text, true);
  // ChatGPT offers to allow more by this, in a result of a call that went through (Apps SDK, "Authentication").
  return withheld.why === 'in_words' && stepUp ? { ...result, _meta: { 'mcp/www_authenticate': [stepUp] } } : result;
}

export function withheldWords(
  { why, scopes: lacking }: NonNullable<McpRequest['withheld']>,
  definition: GatewayDefinition,
): string {
  const { title, scopes } = definition;
  const what = scopesInWords(lacking, scopes);
  const reconnect = reconnectWords(lacking, definition);
  switch (why) {
    case 'role_forbids':
      return `The user's role in ${title} does not allow this: ${what}. Nothing was done. Connecting again does not change that; an administrator of ${title} can change the role.`;
    case 'policy_forbids':
      return `The administrator of this workspace does not allow this here. Nothing was done. Connecting again does not change that; the administrator can change the policy.`;
    case 'user_declined':
      return `The user declined to give this connection more access. Nothing was done. Do not ask again today. If they change their mind: ${reconnect}`;
    case 'asked_too_often':
      return `The user was sent to a consent page several times within the last hour, and gave no more access. Nothing was done. Do not ask again now. If they want to: ${reconnect}`;
    case 'in_words':
      return `This needs more access than the user gave this connection: ${what}. Nothing was done. Tell the user: ${reconnect}`;
  }
}

function reconnectWords(scopes: readonly string[], { title, scopes: catalogue }: GatewayDefinition): string {
  return `disconnect ${title} in this client, connect it again, and tick on the page that opens: ${scopesInWords(scopes, catalogue)}.`;
}

/** What a run is told about it (whoami). */
export function moreAccessOf(caller: Caller, definition: GatewayDefinition): MoreAccess {
  const offered = offeredTo(caller, definition);
  const open = beyond(caller.scopes, caller.attainable);
  if (open.length === 0) return { offered, how: null };
  const reconnect = reconnectWords(open, definition);
  if (offered.length > 0)
    return { offered, how: `Call ${REQUEST_ACCESS}. If the client does not ask its user then: ${reconnect}` };
  if (caller.roleKnown)
    return {
      offered: open,
      how: `Call the tool that needs it. If the client does not ask its user then: ${reconnect}`,
    };
  return { offered, how: `Whether the role allows more is not known. To try it: ${reconnect}` };
}

function scopesIn(given: unknown): string[] | undefined {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return undefined;
  const { scopes, ...rest } = given as Record<string, unknown>;
  if (!Array.isArray(scopes) || scopes.length === 0 || Object.keys(rest).length > 0) return undefined;
  return scopes.every((name) => typeof name === 'string') ? [...new Set(scopes)] : undefined;
}
