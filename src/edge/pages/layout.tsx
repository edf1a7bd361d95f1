// The frame of every page: document, brand line, links, headers. A page loads nothing from elsewhere, and runs no
// script except one of ours that it names. The body decides what a page says; Hono's JSX escapes its data.
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
  /** Its look and its links; absent: a neutral look without links. */
  readonly brand?: Brand;
  /** One or two words beside the brand that say what kind of page this is. */
  readonly purpose?: string;
  readonly wide?: boolean;
  /**
   * The path of a script of ours. The browser runs script only on a page that names one, and the page has to work
   * without it.
   */
  readonly script?: string;
  /** These headers are kept, cookies included. The security headers below replace headers of the same name. */
  readonly headers?: Headers;
  /**
   * `true` for pages inside a sign-in. Clients that open it in a popup watch `popup.closed` and expect `window.opener`
   * at their callback. `Cross-Origin-Opener-Policy: same-origin` breaks both, and ChatGPT reports "flow canceled".
   */
  readonly keepOpener?: boolean;
}

// There is no `form-action`: Chrome applies it to every redirect that follows a form post. It would block the way from
// Allow to the identity provider, and on to a client's loopback or private-use redirect URI (w3c/webappsec-csp#8).
// Images are `data:` only, and only those of the definition (define/page-checks.ts). A client's logo would track
// people, because the client chooses its address. `img-src` covers the icon of the tab as well.
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

// Referrer-Policy is `no-referrer`, because the URL of a sign-in contains its state. So a form that is posted from here
// says `Origin: null`. Whatever guards that route has to look at `Sec-Fetch-Site` (and the handle's cookie), not at
// `Origin`.

/** An HTML response in the common frame. `parts.headers` is copied as Headers, so two `Set-Cookie` headers stay two. */
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
