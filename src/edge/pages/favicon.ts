// The icon at `/favicon.ico`: for clients that show a connector with the icon of its host, and for browsers that show
// an answer which is no page of ours. Pages contain their icon themselves.
import { lookOf, type Brand } from './brand';

export const FAVICON_PATH = '/favicon.ico';

const A_DAY = 86_400;

export function faviconResponse({ branding }: Brand): Response {
  const [head, data] = splitAtComma(lookOf(branding).favicon);
  const [type = ''] = head.slice('data:'.length).split(';');
  const text = decodeURIComponent(data);
  const body = head.endsWith(';base64') ? Uint8Array.fromBase64(text) : text;
  return new Response(body, {
    headers: {
      'Content-Type': type,
      'X-Content-Type-Options': 'nosniff',
      // Without this, an SVG that is opened as a page could run script on this origin.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'Cache-Control': `public, max-age=${A_DAY}`,
    },
  });
}

function splitAtComma(url: string): [string, string] {
  const at = url.indexOf(',');
  return [url.slice(0, at), url.slice(at + 1)];
}
