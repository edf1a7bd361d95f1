// The one way to a Durable Object. A namespace of a jurisdiction holds other objects than the namespace without one, so
// a single call that forgot DATA_JURISDICTION would store data where it must not be. To every other file the bindings
// are plain objects without methods, and an environment without PUBLIC_URL is refused: what is passed on is the whole
// environment, never a part of it that has lost the variable.
import * as z from 'zod';
import { isPublicOrigin, jurisdiction, origin, type Jurisdiction } from './values';
import { ConfigError, messageOf } from '../shared/errors';

export interface ObjectBindings {
  readonly SESSIONS: object;
  readonly OAUTH_RECORDS: object;
  readonly MCP_SESSIONS: object;
  readonly PUBLIC_URL?: string;
  readonly DATA_JURISDICTION?: string;
}

const NAMESPACES = ['SESSIONS', 'OAUTH_RECORDS', 'MCP_SESSIONS'] as const;
type NamespaceName = (typeof NAMESPACES)[number];

const place = z.object({ PUBLIC_URL: origin, DATA_JURISDICTION: jurisdiction });
const places = new WeakMap<object, Jurisdiction | null>();

/** The object of this name, within the jurisdiction of the deployment. @throws ConfigError */
export function objectAt<Of extends NamespaceName>(
  bindings: Pick<ObjectBindings, Of | 'PUBLIC_URL' | 'DATA_JURISDICTION'>,
  of: Of,
  name: string,
): DurableObjectStub {
  const namespace = within(bindings[of] as DurableObjectNamespace, jurisdictionOf(bindings));
  return namespace.get(namespace.idFromName(name));
}

/**
 * Where the objects of this environment are; null for anywhere. That is the answer on localhost, too, whatever the
 * variable says: workerd has no jurisdictions.
 * @throws ConfigError
 */
export function jurisdictionOf(env: object): Jurisdiction | null {
  const known = places.get(env);
  if (known !== undefined) return known;
  const parsed = place.safeParse(env);
  if (!parsed.success)
    throw new ConfigError(
      String(parsed.error.issues[0]?.path[0]),
      'is missing or malformed, so where data may be is unknown',
    );
  const found = isPublicOrigin(parsed.data.PUBLIC_URL) ? parsed.data.DATA_JURISDICTION : null;
  places.set(env, found);
  return found;
}

/** That the platform has the jurisdiction, before anything is asked of an object. @throws ConfigError */
export function checkJurisdiction(env: object, bound: Pick<ObjectBindings, NamespaceName>): void {
  const wanted = jurisdictionOf(env);
  try {
    for (const name of NAMESPACES) within(bound[name] as DurableObjectNamespace, wanted);
  } catch (error) {
    throw new ConfigError('DATA_JURISDICTION', `is not offered by this runtime: ${messageOf(error)}`);
  }
}

function within(namespace: DurableObjectNamespace, wanted: Jurisdiction | null): DurableObjectNamespace {
  return wanted === null ? namespace : namespace.jurisdiction(wanted);
}
