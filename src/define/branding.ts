// How the pages of a gateway look and what they link to, as an adopter defines it. All of it is optional: without it the
// pages have a neutral look and link to nothing.

export interface Branding {
  /** Of buttons, links and marks, `#rrggbb`, for light and for dark pages. Checked against WCAG AA at start. */
  readonly accent?: { readonly light: string; readonly dark: string };
  /** Before the product's name on every page: a data URL of an image, at most 16,384 characters; shown 28 px high. */
  readonly logo?: string;
  /** In the browser's tab, and at `/favicon.ico`: a data URL of an image, at most 8,192 characters. */
  readonly favicon?: string;
  /** What your customers call a tenant, in lower case: `{ one: 'organization', many: 'organizations' }`. Default: workspace. */
  readonly tenant?: TenantNoun;
}

export interface TenantNoun {
  readonly one: string;
  readonly many: string;
}

/** Pages of yours that the gateway's pages link to. The operator's variables (`PRIVACY_URL`, …) stand before them. */
export interface PageLinks {
  readonly privacy?: string;
  readonly terms?: string;
  /** Also `mailto:`. Shown wherever a page says "contact support". */
  readonly support?: string;
  readonly status?: string;
}

export const defaultTenantNoun: TenantNoun = { one: 'workspace', many: 'workspaces' };

/** What is wrong with the address of a link, if anything is. */
export function linkProblem(kind: keyof PageLinks, value: string): string | undefined {
  const url = URL.parse(value);
  if (kind === 'support' && url?.protocol === 'mailto:')
    return /^[^\s@<>,]+@[^\s@<>,]+$/.test(url.pathname) ? undefined : 'must name one address: mailto:help@example.com';
  if (url?.protocol === 'https:' && !url.username && !url.password) return undefined;
  return kind === 'support' ? 'must be an https or a mailto URL' : 'must be an https URL without credentials';
}
