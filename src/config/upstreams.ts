// Where the upstreams of a definition are, and the secrets of their credentials. A definition says in which variables
// these stand (define/upstream.ts); the values are read here.
import type * as z from 'zod';
import { secret } from './secrets';
import { httpsUrl } from './values';
import type { UpstreamDefinition } from '../define/upstream';
import { ConfigError } from '../shared/errors';

/** Where an upstream is, and the secrets of its credential by the names that the definition gives them. */
export interface UpstreamConfig {
  readonly baseUrl: string;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface UpstreamConfigs {
  /** @throws Error for a name that is none of the definition's */
  readonly of: (name: string) => UpstreamConfig;
  /** Each secret with the variable that holds it, once. */
  readonly secrets: readonly (readonly [variable: string, value: string])[];
}

/** @throws ConfigError for the first variable that is missing or malformed */
export function readUpstreams(
  upstreams: readonly UpstreamDefinition[],
  given: Readonly<Record<string, unknown>>,
): UpstreamConfigs {
  const secrets = new Map<string, string>();
  const configs = new Map<string, UpstreamConfig>();
  for (const { name, baseUrl, credential } of upstreams) {
    const url =
      typeof baseUrl === 'string'
        ? read(httpsUrl, baseUrl, `baseUrl of upstream ${name}`)
        : read(httpsUrl, given[baseUrl.variable], baseUrl.variable);
    const own = Object.entries(credential.secrets ?? {}).map(([field, variable]) => {
      const value = read(secret, given[variable], variable);
      secrets.set(variable, value);
      return [field, value] as const;
    });
    configs.set(name, { baseUrl: url, secrets: Object.fromEntries(own) });
  }
  return {
    of(name) {
      const config = configs.get(name);
      if (!config) throw new Error(`the definition has no upstream ${name}`);
      return config;
    },
    secrets: [...secrets],
  };
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown, variable: string): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const problem = value === undefined ? 'is missing; see .dev.vars.example' : error.issues[0]?.message;
  throw new ConfigError(variable, problem ?? 'is malformed');
}
