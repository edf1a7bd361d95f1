// The frame of every page a person sees: document, brand line, links, headers. Nothing loads from anywhere, and no script
// runs but one of ours that the page names; what a page says is up to its body, whose data Hono's JSX escapes.
import { html, raw } from 'hono/html';
import { lookOf, plainBrand, type Brand, type Look } from './brand';
import { BrandMark } from './icons';
import { PageLinks } from './links';
import type { Markup } from './markup';

interface PageParts {
  readonly title: string;
  readonly body: Markup;
  /** The product's name, in the brand line and the window's title. */
  readonly product?: string;
  /** How it looks and what it links to; absent: a neutral look, and no links. */
  readonly brand?: Brand;
  /** One or two words beside the brand: what kind of page this is. */
  readonly purpose?: string;
  readonly wide?: boolean;
  /** The path of a script of ours. Only a page that names one lets the browser run any, and it must do without it. */
  readonly script?: string;
  /** Kept and completed, cookies included; the security headers below replace same-named ones. */
  readonly headers?: Headers;
  /**
   * `true` for pages inside a sign-in. Clients that open it in a popup watch `popup.closed` and expect `window.opener`
   * at their callback; `Cross-Origin-Opener-Policy: same-origin` breaks both, and ChatGPT reports "flow canceled".
   */
  readonly keepOpener?: boolean;
}

// No `form-action`: Chrome applies it to every redirect that follows a form post, so it would block the way from Allow
// to the identity provider and on to a client's loopback or private-use redirect URI (w3c/webappsec-csp#8).
// Images are `data:` only, and only the definition's own (define/page-checks.ts): a client's logo would be a tracker, and
// its address is the client's choice. `img-src` covers the tab's icon, too.
function contentSecurityPolicy({ stylesheetHash }: Look, script: string | undefined): string {
  return [
    "default-src 'none'",
    `style-src '${stylesheetHash}'`,
    'img-src data:',
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ...(script === undefined ? [] : ["script-src 'self'"]),
  ].join('; ');
}

// Referrer-Policy: the address of a sign-in holds its state. A form posted from here therefore says `Origin: null`:
// whoever guards that route must look at `Sec-Fetch-Site` (and the handle's cookie), not at `Origin`.

/** An HTML response in the common frame. `parts.headers` is copied, so that two `Set-Cookie` headers stay two. */
export function page(status: number, parts: PageParts): Response {
  const headers = new Headers(parts.headers);
  headers.set('Content-Type', 'text/html; charset=utf-8');
  const { branding } = parts.brand ?? plainBrand;
  headers.set('Content-Security-Policy', contentSecurityPolicy(lookOf(branding), parts.script));
  headers.set('X-Frame-Options', 'DENY');
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('Referrer-Policy', 'no-referrer');
  headers.set('Cache-Control', 'no-store');
  headers.set('Cross-Origin-Opener-Policy', parts.keepOpener === true ? 'unsafe-none' : 'same-origin');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  const markup = html`<!doctype html>${<Document {...parts} />}`;
  if (markup instanceof Promise) throw new TypeError('a page must not wait for anything');
  return new Response(markup.toString(), { status, headers });
}

function Document({ title, body, product, brand = plainBrand, purpose, wide, script, keepOpener }: PageParts): Markup {
  const look = lookOf(brand.branding);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{product === undefined ? title : `${title} · ${product}`}</title>
        <link rel="icon" href={look.favicon} />
        <style>{raw(look.stylesheet)}</style>
        {script !== undefined && <script type="module" src={script} />}
      </head>
      <body>
        <div class={wide === true ? 'frame wide' : 'frame'}>
          <BrandLine product={product} purpose={purpose} logo={look.logo} />
          {body}
          <PageLinks links={brand.links} elsewhere={keepOpener === true} />
        </div>
      </body>
    </html>
  );
}

function BrandLine({ product, purpose, logo }: Record<'product' | 'purpose' | 'logo', string | undefined>): Markup {
  return (
    <header class="brand">
      {logo === undefined ? <BrandMark /> : <img class="mark" src={logo} alt="" height="28" />}
      <span>{product}</span>
      {purpose !== undefined && <span class="purpose">{purpose}</span>}
    </header>
  );
}
