// The client at the other end of one request: who it says it is, and what it can be asked. On the 2026-07-28 wire every
// request says so itself; a 2025-era session said so when it began; without a session nobody knows, and nothing is asked.
import type { ClientCapabilities, Implementation } from '@modelcontextprotocol/server';
import type { ClientName } from '../../config';
import type { ClientRequest, ClientView } from '../../define/context';
import { clientName } from './known-clients';

/** What the MCP SDK found out about a request, and would find out about each of the same shape. */
export interface Negotiated {
  /** `modern`: revision 2026-07-28. */
  readonly era: 'modern' | 'legacy';
  readonly info: Implementation | undefined;
  readonly capabilities: ClientCapabilities | undefined;
}

export interface Client {
  /** As a run sees it. */
  readonly view: ClientView;
  /** One of those that we know by their habits. */
  readonly known: ClientName;
  /** The capability that a request needs and this client lacks; undefined: it can be asked. */
  lacks(request: ClientRequest): ClientCapabilities | undefined;
}

export interface ClientSays {
  readonly clientId: string;
  readonly info: Implementation | undefined;
  readonly capabilities: ClientCapabilities | undefined;
  /** Whether there is a way to ask it anything in this request. */
  readonly interactive: boolean;
}

export function createClient({ clientId, info, capabilities = {}, interactive }: ClientSays): Client {
  const reachable = interactive ? capabilities : {};
  return {
    view: {
      name: info?.name,
      version: info?.version,
      can: (ability) =>
        ability === 'elicitation' ? takesForms(reachable.elicitation) : reachable[ability] !== undefined,
    },
    known: clientName(clientId, info?.name),
    lacks: (request) => lacking(request, reachable),
  };
}

function lacking({ method, params }: ClientRequest, { elicitation, sampling, roots }: ClientCapabilities) {
  switch (method) {
    case 'elicitation/create':
      if (params?.['mode'] === 'url') return elicitation?.url ? undefined : { elicitation: { url: {} } };
      return takesForms(elicitation) ? undefined : { elicitation: { form: {} } };
    case 'sampling/createMessage':
      if (params?.['tools'] === undefined && params?.['toolChoice'] === undefined)
        return sampling ? undefined : { sampling: {} };
      return sampling?.tools ? undefined : { sampling: { tools: {} } };
    case 'roots/list':
      return roots ? undefined : { roots: {} };
  }
}

/** Before there were modes (2025-06-18), a bare `elicitation: {}` meant forms, and still does. */
function takesForms(elicitation: ClientCapabilities['elicitation']): boolean {
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
