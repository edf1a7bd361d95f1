// Scopes as an adopter declares them: `<domain>:<action>` names with the words a person reads on the
// consent page. The hierarchy (`x:write` implies `x:read`) is decided in policy/scopes.ts.

/** One scope of the catalogue (RFC 6749 §3.3 scope-token), in the words of the person who grants it. */
export interface ScopeDefinition {
  /** What the client may do, completing "This allows it to …": "read your leads". */
  readonly description: string;
  /** Always granted with any sign-in, and shown without a checkbox. */
  readonly baseline?: true;
  /** Changes data or reaches other people; the consent page marks it. */
  readonly sensitive?: true;
  /**
   * What is done with it can't be taken back: something is sent, closed for good or overwritten. The consent page says
   * so, and leaves its box for the person to tick.
   */
  readonly irreversible?: true;
}

/** Every scope the gateway can grant, in the order the consent page shows them. */
export type ScopeCatalogue = Readonly<Record<string, ScopeDefinition>>;

/** Identity function: gives inference of the scope names. */
export function defineScopes<const Catalogue extends ScopeCatalogue>(catalogue: Catalogue): Catalogue {
  return catalogue;
}

/** Scopes in the words that a person knows from the consent page, each with its name. */
export function scopesInWords(scopes: readonly string[], catalogue: ScopeCatalogue): string {
  return scopes.map((name) => `${catalogue[name]?.description ?? 'other access'} (${name})`).join('; ');
}
