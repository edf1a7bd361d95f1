// How a sign-in shows a client whose id is the URL of its metadata document (clients/). The host of that URL is verified,
// because the document came from that very address. A document that can't be loaded or read ends the sign-in on a page.
import { documentProblem } from '../clients/document-error';
import { isMetadataUrl } from '../clients/public-url';
import type { Log } from '../../shared/log';
import type { SignInStep } from './step';

/** What the consent page may call verified about a client. */
export function verifiedDomain(clientId: string): { clientDomain?: string } {
  return isMetadataUrl(clientId) ? { clientDomain: new URL(clientId).hostname } : {};
}

/**
 * The page for a document that could not be loaded, or that isn't valid. A document that doesn't exist is shown like a
 * client that isn't registered.
 * @throws the error itself when it is of another kind
 */
export function refusedClient(
  error: unknown,
  clientId: string,
  log: Log,
  headers?: Headers,
): Extract<SignInStep, { kind: 'failed' }> {
  const problem = documentProblem(error);
  if (problem === undefined) throw error;
  const failure = `client_${problem}` as const;
  log.warn('client.metadata_refused', { clientId, failure, problem: error });
  return { kind: 'failed', failure, ...(headers && { headers }) };
}
