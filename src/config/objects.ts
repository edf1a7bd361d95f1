// The only way to a Durable Object. A namespace of a jurisdiction holds other objects than the namespace without one,
// so a single call that forgot DATA_JURISDICTION would store data in the wrong place. All other files see the bindings
// as plain objects without methods. An environment without PUBLIC_URL is refused: it would be a part of the
// environment, which may lack DATA_JURISDICTION as well.
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

/** The object of this name, in the jurisdiction of the deployment. @throws ConfigError */
export function objectAt<Of extends NamespaceName>(
  bindings: Pick<ObjectBindings, Of | 'PUBLIC_URL' | 'DATA_JURISDICTION'>,
  of: Of,
  name: string,
): DurableObjectStub {
  const namespace = within(bindings[of] as DurableObjectNamespace, jurisdictionOf(bindings));
  return namespace.get(namespace.idFromName(name));
}

/**
 * The jurisdiction of this environment's objects; null for anywhere. On localhost it is always null, because workerd
 * has no jurisdictions.
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

/** Checks that the runtime offers the jurisdiction, before any object is asked. @throws ConfigError */
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
