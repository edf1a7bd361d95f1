// What can go wrong at an upstream, in words that a model or a person may read and act on. The upstream's own text
// never passes: it may hold another tenant's data, a stack trace, or instructions to the model.
import { GatewayError } from '../shared/errors';

export type UpstreamErrorCode =
  | 'upstream_forbidden'
  | 'upstream_not_found'
  | 'upstream_conflict'
  | 'upstream_invalid'
  | 'upstream_rate_limited'
  | 'upstream_unavailable'
  | 'upstream_timeout'
  | 'upstream_too_large'
  | 'upstream_malformed'
  | 'upstream_aborted';

export class UpstreamError extends GatewayError<UpstreamErrorCode> {
  override readonly name = 'UpstreamError';
}

/** The upstream no longer accepts this user's credential, freshly renewed or not: the client has to authorize again. */
export class UpstreamUnauthorizedError extends GatewayError {
  override readonly name = 'UpstreamUnauthorizedError';

  constructor(internalMessage: string) {
    super('upstream_unauthorized', 'Access was lost; please connect again.', internalMessage);
  }
}

/** A further upstream has no access for this user. To sign in again would change nothing. */
export function noAccess(title: string, internalMessage: string): UpstreamError {
  const message = `${title} does not give you access. The other tools go on working. Ask an administrator about your account there.`;
  return new UpstreamError('upstream_forbidden', message, internalMessage);
}

/** After a write that wasn't answered properly: a model that just repeats it may do it twice. */
export const UNCERTAIN = 'The change may or may not have been made: check before you repeat it.';

export interface RefusedRequest {
  /** For people: "Nexus CRM". */
  readonly upstream: string;
  /** Method and path, for the log. */
  readonly where: string;
  /** Whether it was to change something. */
  readonly write: boolean;
  /** Names of input fields that the upstream refused (422): checked against a plain pattern, its texts dropped. */
  readonly fields: readonly string[];
  readonly retryAfterSeconds: number | undefined;
}

/** The error of an HTTP status. */
export function errorOfStatus(
  status: number,
  { upstream, where, write, fields, retryAfterSeconds }: RefusedRequest,
): UpstreamError {
  const internal = `${where} answered ${status}`;
  const later =
    retryAfterSeconds === undefined ? 'Try again in a moment.' : `Try again in ${retryAfterSeconds} seconds.`;
  if (status === 403)
    return new UpstreamError(
      'upstream_forbidden',
      `${upstream} does not allow you to do this. An administrator of your workspace can change your role.`,
      internal,
    );
  if (status === 404 || status === 410)
    return new UpstreamError(
      'upstream_not_found',
      `${upstream} has no such record that you can see. Check the id, or search for it first.`,
      internal,
    );
  if (status === 409)
    return new UpstreamError(
      'upstream_conflict',
      `${upstream} refused the change, since the record is in a state that does not permit it. Read the record again before you retry.`,
      internal,
    );
  if (status === 400 || status === 422) {
    const what = fields.length > 0 ? `these values: ${fields.join(', ')}` : 'the values given';
    return new UpstreamError(
      'upstream_invalid',
      `${upstream} did not accept ${what}. Correct them and try again.`,
      internal,
    );
  }
  if (status === 429)
    return new UpstreamError('upstream_rate_limited', `${upstream} is receiving too many requests. ${later}`, internal);
  return new UpstreamError(
    'upstream_unavailable',
    `${upstream} is not available right now. ${write ? UNCERTAIN : later}`,
    internal,
  );
}
