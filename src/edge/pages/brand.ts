// What makes the pages those of one product: its name, its word for a tenant, its links, and its look. The look comes
// from the definition alone and is built when a page is first shown. The Content-Security-Policy allows exactly that
// stylesheet.
import { createHash } from 'node:crypto';
import { defaultTenantNoun, type Branding, type PageLinks, type TenantNoun } from '../../define/branding';
import type { GatewayDefinition } from '../../define/gateway';
import { accentOf, defaultAccent } from '../../define/palette';
import { markOf } from './icons';
import { stylesheetOf } from './styles';

export interface Brand {
  /** What people call a tenant. */
  readonly tenant: TenantNoun;
  readonly links: PageLinks;
  readonly branding: Branding;
}

export interface Look {
  readonly stylesheet: string;
  /** The CSP source of the stylesheet. */
  readonly stylesheetHash: string;
  /** A data URL; absent when the gateway's own mark is shown. */
  readonly logo?: string;
  /** A data URL. */
  readonly favicon: string;
}

const noBranding: Branding = {};
/** The brand of pages that get none. */
export const plainBrand: Brand = { tenant: defaultTenantNoun, links: {}, branding: noBranding };

/** @param configured links of the operator, which have precedence; absent while the configuration is broken */
export function brandOf({ branding = noBranding, links }: GatewayDefinition, configured: PageLinks = {}): Brand {
  return { tenant: branding.tenant ?? defaultTenantNoun, links: { ...links, ...configured }, branding };
}

const looks = new WeakMap<Branding, Look>();

export function lookOf(branding: Branding): Look {
  const known = looks.get(branding);
  if (known) return known;
  const { accent = defaultAccent, logo, favicon } = branding;
  const stylesheet = stylesheetOf({ light: accentOf(accent.light, 'light'), dark: accentOf(accent.dark, 'dark') });
  const look: Look = {
    stylesheet,
    stylesheetHash: `sha256-${createHash('sha256').update(stylesheet).digest('base64')}`,
    ...(logo !== undefined && { logo }),
    favicon: favicon ?? markOf(accentOf(accent.light, 'light')),
  };
  looks.set(branding, look);
  return look;
}
