// The page for what went wrong: what happened, what to do, and a reference for support. It shows only the texts of
// the catalogue and a request id; an exception's message or an upstream's words never come here.
import { html } from 'hono/html';
import { page } from './layout';
import { pageMessages, type PageMessageCode } from './messages';
import { plainText } from './text';

/** Long enough to read the page twice. */
const RETURN_AFTER_SECONDS = 20;

export interface ErrorModel {
  readonly status: number;
  readonly title: string;
  readonly message: string;
  readonly whatToDo: string;
  readonly requestId: string;
  /** Offers "Try again"; a path of ours or an http(s) address, else no button is shown. */
  readonly retryHref?: string;
  /** Offers the way back to the client, with the OAuth error it is waiting for, and takes it after a while. */
  readonly returnTo?: { readonly clientName: string; readonly href: string };
  readonly product?: string;
  /** For example the cookies that end a sign-in, or `Retry-After`. */
  readonly headers?: Headers;
}

export function errorPage(model: ErrorModel): Response {
  const retry = model.retryHref !== undefined && isWebAddress(model.retryHref) ? model.retryHref : undefined;
  const back = model.returnTo !== undefined && isAppAddress(model.returnTo.href) ? model.returnTo : undefined;
  const headers = new Headers(model.headers);
  // The client is told even if nobody presses the button, but only after there was time to read why.
  if (back) headers.set('Refresh', `${RETURN_AFTER_SECONDS}; url=${new URL(back.href).href}`);
  const body = html`<main class="card">
    <div>
      <h1>${model.title}</h1>
      <p class="lead">${model.message}</p>
    </div>
    <div class="todo">
      <h2>What to do</h2>
      <p>${model.whatToDo}</p>
    </div>
    ${retry === undefined ? '' : html`<p><a class="button primary" href="${retry}">Try again</a></p>`}
    ${
      back === undefined
        ? ''
        : html`<p>
              <a class="button primary" href="${back.href}"
                ><span>Back to <bdi>${plainText(back.clientName, 32) || 'the app'}</bdi></span></a
              >
            </p>
            <p class="small">This page goes back by itself after ${RETURN_AFTER_SECONDS} seconds.</p>`
    }
    <p class="small reference">
      If you contact support, give them this reference: <code>${plainText(model.requestId, 128)}</code>
    </p>
  </main>`;
  return page(model.status, {
    title: model.title,
    body,
    keepOpener: true,
    ...(model.product === undefined ? {} : { product: model.product }),
    headers,
  });
}

/** The error page of a catalogue entry. */
export function messagePage(
  code: PageMessageCode,
  context: Pick<ErrorModel, 'requestId' | 'retryHref' | 'returnTo' | 'product' | 'headers'>,
): Response {
  return errorPage({ ...pageMessages[code], ...context });
}

/** Keeps `javascript:` and its kin out of a link, whoever built the address. */
function isWebAddress(href: string): boolean {
  const url = URL.parse(href, 'https://page.invalid');
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
}

/** A redirect URI may have its app's own scheme (RFC 8252 §7.1), but none that runs or shows its own text. */
function isAppAddress(href: string): boolean {
  const url = URL.parse(href);
  return url !== null && !/^(?:javascript|vbscript|data|blob|filesystem|file|about|view-source):$/.test(url.protocol);
}
