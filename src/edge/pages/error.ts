// The page for what went wrong: what happened, what to do, and a reference for support. It shows only the texts of
// the catalogue and a request id; an exception's message or an upstream's words never come here.
import { html } from 'hono/html';
import { page } from './layout';
import { pageMessages, type PageMessageCode } from './messages';
import { plainText } from './text';

export interface ErrorModel {
  readonly status: number;
  readonly title: string;
  readonly message: string;
  readonly whatToDo: string;
  readonly requestId: string;
  /** Offers "Try again"; a path of ours or an http(s) address, else no button is shown. */
  readonly retryHref?: string;
  readonly product?: string;
  /** For example the cookies that end a sign-in, or `Retry-After`. */
  readonly headers?: Headers;
}

export function errorPage(model: ErrorModel): Response {
  const retry = model.retryHref !== undefined && isWebAddress(model.retryHref) ? model.retryHref : undefined;
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
    <p class="small reference">
      If you contact support, give them this reference: <code>${plainText(model.requestId, 128)}</code>
    </p>
  </main>`;
  return page(model.status, {
    title: model.title,
    body,
    keepOpener: true,
    ...(model.product === undefined ? {} : { product: model.product }),
    ...(model.headers === undefined ? {} : { headers: model.headers }),
  });
}

/** The error page of a catalogue entry. */
export function messagePage(
  code: PageMessageCode,
  context: Pick<ErrorModel, 'requestId' | 'retryHref' | 'product' | 'headers'>,
): Response {
  return errorPage({ ...pageMessages[code], ...context });
}

/** Keeps `javascript:` and its kin out of a link, whoever built the address. */
function isWebAddress(href: string): boolean {
  const url = URL.parse(href, 'https://page.invalid');
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
}
