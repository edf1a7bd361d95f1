// The page for what went wrong: what happened, what to do, and a reference for support. It shows only the texts of
// the catalogue and a request id; an exception's message or an upstream's words never come here.
import { plainBrand, type Brand } from './brand';
import { Card, LinkButton, Opening, SignedInAs, Small } from './design';
import { page, type Markup } from './layout';
import { ContactSupport } from './links';
import { messageOf, type PageMessageCode } from './messages';
import { plainText } from './text';

/** Long enough to read the page twice. */
const RETURN_AFTER_SECONDS = 20;

export interface ErrorModel {
  readonly status: number;
  readonly title: string;
  readonly message: string;
  readonly whatToDo: string;
  readonly requestId: string;
  /** The verified email of whoever signed in, where the failure is about that account. */
  readonly signedInAs?: string;
  /** Offers "Try again"; a path of ours or an http(s) address, else no button is shown. */
  readonly retryHref?: string;
  /** Offers the way back to the client, with the OAuth error it is waiting for, and takes it after a while. */
  readonly returnTo?: { readonly clientName: string; readonly href: string };
  /** Offers the way to the page of the connector's address; a path of ours. */
  readonly homeHref?: string;
  readonly product?: string;
  readonly brand?: Brand;
  /** For example the cookies that end a sign-in, or `Retry-After`. */
  readonly headers?: Headers;
}

export function errorPage(model: ErrorModel): Response {
  const retry = model.retryHref !== undefined && isWebAddress(model.retryHref) ? model.retryHref : undefined;
  const back = model.returnTo !== undefined && isAppAddress(model.returnTo.href) ? model.returnTo : undefined;
  const { brand = plainBrand } = model;
  const headers = new Headers(model.headers);
  // The client is told even if nobody presses the button, but only after there was time to read why.
  if (back) headers.set('Refresh', `${RETURN_AFTER_SECONDS}; url=${new URL(back.href).href}`);
  const body = (
    <Card>
      <Opening lead={model.message}>{model.title}</Opening>
      {model.signedInAs !== undefined && <SignedInAs email={model.signedInAs} />}
      <WhatToDo>{model.whatToDo}</WhatToDo>
      {retry !== undefined && (
        <p>
          <LinkButton href={retry} primary>
            Try again
          </LinkButton>
        </p>
      )}
      {model.homeHref !== undefined && (
        <p>
          <LinkButton href={model.homeHref} primary>
            Go to the start page
          </LinkButton>
        </p>
      )}
      {back !== undefined && <WayBack {...back} />}
      <Reference id={plainText(model.requestId, 128)} support={brand.links.support} />
    </Card>
  );
  return page(model.status, {
    title: model.title,
    body,
    brand,
    keepOpener: true,
    ...(model.product === undefined ? {} : { product: model.product }),
    headers,
  });
}

/** The error page of a catalogue entry. */
export function messagePage(
  code: PageMessageCode,
  context: Omit<ErrorModel, 'status' | 'title' | 'message' | 'whatToDo'>,
): Response {
  return errorPage({ ...messageOf(code, context.brand?.tenant), ...context });
}

/** Support is named only where it can be reached from here. */
function Reference({ id, support }: { readonly id: string; readonly support: string | undefined }): Markup {
  return (
    <div class="reference">
      <Small>
        {support === undefined
          ? 'If you ask for help, give this reference:'
          : 'If you contact support, give them this reference:'}{' '}
        <code>{id}</code>
      </Small>
      {support !== undefined && <ContactSupport at={support} reference={id} />}
    </div>
  );
}

function WhatToDo({ children }: { readonly children: string }): Markup {
  return (
    <div class="todo">
      <h2>What to do</h2>
      <p>{children}</p>
    </div>
  );
}

function WayBack({ clientName, href }: NonNullable<ErrorModel['returnTo']>): Markup {
  return (
    <>
      <p>
        <LinkButton href={href} primary>
          <span>
            Back to <bdi>{plainText(clientName, 32) || 'the app'}</bdi>
          </span>
        </LinkButton>
      </p>
      <Small>This page goes back by itself after {RETURN_AFTER_SECONDS} seconds.</Small>
    </>
  );
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
