// One request for a document, and what its answer means. A host that blocks the gateway says nothing about the
// document. Hosts of several well-known clients block the shared egress addresses of clouds, with a challenge that only
// a person in a browser can pass.
import { boundedFetch, FetchError, type FetchBounds } from '../../shared/bounded-fetch';
import { createLog, currentLog } from '../../shared/log';

export interface Failing {
  readonly kind: 'failing';
  readonly why: string;
  /**
   * Whether the host refused, failed by itself (401, 403, 429, 5xx) or was too slow. A shipped pin may stand in then.
   */
  readonly turnedAway: boolean;
}

type DocumentAnswer =
  | { readonly kind: 'document'; readonly text: string }
  /** The maker of the client removed it. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'invalid'; readonly why: string }
  | Failing;

/** Statuses whose HTML is a challenge in place of the document. A 5xx has an ordinary error page. */
const CHALLENGING = new Set([200, 401, 403, 429]);

export async function askForDocument(url: string, bounds: FetchBounds): Promise<DocumentAnswer> {
  try {
    const { status, headers, text } = await boundedFetch(url, { headers: { Accept: 'application/json' } }, bounds);
    const type = headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    const challenge = challengeOf(status, type, headers);
    if (challenge !== undefined) {
      currentLog(createLog({})).warn('client.document_challenged', { url, status, challenge });
      return failing(`challenge (http_${status})`, status);
    }
    if (status >= 300 && status < 400) return { kind: 'invalid', why: 'it redirects' };
    if (status === 404 || status === 410) return { kind: 'gone' };
    if (status !== 200) return failing(`http_${status}`, status);
    if (!/^application\/(?:[\w.-]+\+)?json$/.test(type)) return { kind: 'invalid', why: `content type ${type}` };
    return { kind: 'document', text };
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    const { reason } = error;
    if (reason === 'too_large' || reason === 'not_utf8') return { kind: 'invalid', why: reason };
    return { kind: 'failing', why: reason, turnedAway: reason === 'timeout' };
  }
}

/** Of a header that a stranger wrote. */
const MAX_LOGGED = 40;

/** What shows that an answer is a challenge: Cloudflare's header, or HTML. Undefined when it is none. */
function challengeOf(status: number, type: string, headers: Headers): string | undefined {
  const mitigated = headers.get('cf-mitigated');
  if (mitigated !== null) return `cf-mitigated: ${mitigated.slice(0, MAX_LOGGED)}`;
  return CHALLENGING.has(status) && (type === 'text/html' || type === 'application/xhtml+xml') ? type : undefined;
}

function failing(why: string, status: number): Failing {
  return { kind: 'failing', why, turnedAway: [401, 403, 429].includes(status) || status >= 500 };
}
