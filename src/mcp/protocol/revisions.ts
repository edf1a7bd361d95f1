// The revisions of the protocol's 2025 era that are agreed on in `initialize`.
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';

/**
 * Revision 2025-03-26 says that receivers MUST take JSON-RPC batches ("Batching"), which no other revision has. One
 * decision and one record belong to each request here, so it isn't served: a client that asks for it is offered the
 * newest of these, as the protocol has it for any revision that a server doesn't speak ("Version Negotiation").
 */
export const SESSION_REVISIONS: string[] = SUPPORTED_PROTOCOL_VERSIONS.filter((revision) => revision !== '2025-03-26');
