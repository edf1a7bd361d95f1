// The frame of every page a person sees: document, brand line, headers. Nothing loads from anywhere, and no script runs
// but one of ours that the page names; what a page says is up to its body, whose data Hono's JSX escapes.
import { html, raw } from 'hono/html';
import type { JSX } from 'hono/jsx/jsx-runtime';
import { BrandMark } from './icons';
import { stylesheet, stylesheetHash } from './styles';

/** What a component returns. Pages put no promise into one, so it is never a promise at run time. */
export type Markup = JSX.Element;

export interface PageParts {
  readonly title: string;
  readonly body: Markup;
  /** The product's name, in the brand line and the window's title. */
  readonly product?: string;
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
// `img-src 'none'` on purpose: a client's logo would be a tracker, and its address is the client's choice. It covers
// icons, so there is no `<link rel="icon">`: Chrome reports even `data:,` as a violation, and asks for no favicon.ico.
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src '${stylesheetHash}'`,
  "img-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

// Referrer-Policy: the address of a sign-in holds its state. A form posted from here therefore says `Origin: null`:
// whoever guards that route must look at `Sec-Fetch-Site` (and the handle's cookie), not at `Origin`.

/** An HTML response in the common frame. `parts.headers` is copied, so that two `Set-Cookie` headers stay two. */
export function page(status: number, parts: PageParts): Response {
  const headers = new Headers(parts.headers);
  headers.set('Content-Type', 'text/html; charset=utf-8');
  headers.set(
    'Content-Security-Policy',
    parts.script === undefined ? contentSecurityPolicy : `${contentSecurityPolicy}; script-src 'self'`,
  );
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

function Document({ title, body, product, purpose, wide, script }: PageParts): Markup {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{product === undefined ? title : `${title} · ${product}`}</title>
        <style>{raw(stylesheet)}</style>
        {script !== undefined && <script type="module" src={script} />}
      </head>
      <body>
        <div class={wide === true ? 'frame wide' : 'frame'}>
          <Brand product={product} purpose={purpose} />
          {body}
        </div>
      </body>
    </html>
  );
}

function Brand({ product, purpose }: Record<'product' | 'purpose', string | undefined>): Markup {
  return (
    <header class="brand">
      <BrandMark />
      <span>{product}</span>
      {purpose !== undefined && <span class="purpose">{purpose}</span>}
    </header>
  );
}
