// A client whose id is the URL of its metadata document (clients/), as a sign-in shows it: the host of that URL is
// verified, since the document came from that very address, and one that can't be had or read ends the way on a page.
import { documentProblem } from '../clients/document-error';
import { isMetadataUrl } from '../clients/public-url';
import type { Log } from '../../shared/log';
import type { SignInStep } from './step';

/** What the consent page may call verified of a client. */
export function verifiedDomain(clientId: string): { clientDomain?: string } {
  return isMetadataUrl(clientId) ? { clientDomain: new URL(clientId).hostname } : {};
}

/**
 * The page that tells a document that could not be loaded from one that isn't valid; that there is none is the same as
 * a client that isn't registered.
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
