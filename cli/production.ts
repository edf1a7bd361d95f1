// What keeps a production configuration from being deployed: values that nobody has filled in, and bindings that the
// gateway has at the top of wrangler.toml and not under [env.production], which inherits none. Pure.

/** What of wrangler.toml is looked at. */
export interface WranglerConfig extends Bound {
  readonly env?: Readonly<Record<string, Bound>> | undefined;
}

interface Bound {
  readonly kv_namespaces?: readonly Named[] | undefined;
  readonly d1_databases?: readonly Named[] | undefined;
  readonly ratelimits?: readonly Named[] | undefined;
  readonly durable_objects?: { readonly bindings: readonly Named[] } | undefined;
}

interface Named {
  readonly binding?: string | undefined;
  readonly name?: string | undefined;
}

/** RFC 2606 reserves the domain, so no gateway is there; `my-example.com` and `example.com.au` are other domains. */
const PLACEHOLDER = /replace-me|(?<![\w-])example\.com(?![\w-]|\.\w)/i;

/** @returns one line a problem, each with its place in wrangler.toml; none where it can be deployed */
export function problemsOf(config: WranglerConfig): string[] {
  const production = config.env?.['production'];
  if (!production) return ['[env.production] is missing'];
  const own = bindingsOf(production);
  return [
    ...placeholders(production, 'env.production'),
    ...bindingsOf(config)
      .filter((name) => !own.includes(name))
      .map((name) => `env.production doesn't bind ${name}, as the top of the file does`),
  ];
}

function placeholders(value: unknown, place: string): string[] {
  if (typeof value === 'string') return PLACEHOLDER.test(value) ? [`${place} is still "${value}"`] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    placeholders(inner, Array.isArray(value) ? `${place}[${name}]` : `${place}.${name}`),
  );
}

function bindingsOf({ kv_namespaces: kv, d1_databases: d1, ratelimits, durable_objects: objects }: Bound): string[] {
  const all = [kv, d1, ratelimits, objects?.bindings];
  return all.flatMap((list) => list ?? []).map(({ binding, name }) => binding ?? name ?? '');
}
