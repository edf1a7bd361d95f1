// Namespaces of Durable Objects that have jurisdictions, which workerd's don't: a jurisdiction holds objects of its own,
// as on the platform, and whatever is asked of whom is on record.
import { env } from 'cloudflare:workers';

const NAMES = ['SESSIONS', 'OAUTH_RECORDS', 'MCP_SESSIONS'] as const;

export interface Recorded {
  readonly namespaces: Record<string, unknown>;
  /** `<jurisdiction>: <binding> <object's name>`, in order. */
  readonly asked: string[];
}

/** @param real where to send what is asked; without it, every method of every object answers null */
export function recordedNamespaces(real?: Record<string, DurableObjectNamespace>): Recorded {
  const asked: string[] = [];
  const within = (binding: (typeof NAMES)[number], place: string): object => ({
    idFromName: (name: string) => name,
    get: (name: string) => {
      asked.push(`${place}${binding} ${name}`);
      const namespace = real?.[binding];
      if (namespace) return namespace.get(namespace.idFromName(place + name));
      return new Proxy({}, { get: () => async () => null });
    },
    jurisdiction: (given: string) => {
      if (place !== '') throw new Error('a jurisdiction within another');
      return within(binding, `${given}: `);
    },
  });
  return { namespaces: Object.fromEntries(NAMES.map((binding) => [binding, within(binding, '')])), asked };
}

/** The test's own namespaces, with jurisdictions. */
export const realNamespaces = (): Recorded =>
  recordedNamespaces(Object.fromEntries(NAMES.map((binding) => [binding, env[binding]])));
