// The page for what went wrong: what happened, what to do, and a reference for support. It shows only the texts of
// the catalogue and a request id; an exception's message or an upstream's words never come here.
import { withPercentBlanks } from '../../shared/parameters';
import { plainBrand, type Brand } from './brand';
import { Card, LinkButton, Opening, SignedInAs, Small, SubmitButton } from './design';
import { page } from './layout';
import type { Markup } from './markup';
import { ContactSupport } from './links';
import { messageOf, type PageMessageCode } from './messages';
import { plainText } from './text';

/** Long enough to read the page twice, or to make up one's mind where there is something to choose. */
const RETURN_AFTER_SECONDS = 20;
const RETURN_FROM_CHOICE_AFTER_SECONDS = 120;

interface ErrorModel {
  readonly status: number;
  readonly title: string;
  readonly message: string;
  readonly whatToDo: string;
  readonly requestId: string;
  /** The verified email of whoever signed in, where the failure is about that account. */
  readonly signedInAs?: string;
  /** Offers "Try again"; a path of ours or an http(s) address, else no button is shown. */
  readonly retryHref?: string;
  /** Where another account may be chosen: posts `decision=switch`. */
  readonly switchAction?: string;
  /**
   * Offers the way back to the client, with the OAuth error it is waiting for, and takes it after a while. `waits`: never
   * by itself, since nobody has said yet that they want to go there (RFC 9700 §4.11.2).
   */
  readonly returnTo?: { readonly clientName: string; readonly href: string; readonly waits?: true };
  /** Offers the way to the page of the connector's address; a path of ours. */
  readonly homeHref?: string;
  readonly product?: string;
  readonly brand?: Brand;
  /** For example the cookies that end a sign-in, or `Retry-After`. */
  readonly headers?: Headers;
}

export function errorPage(model: ErrorModel): Response {
  const retry = model.retryHref !== undefined && isWebAddress(model.retryHref) ? model.retryHref : undefined;
  const way = model.returnTo && { ...model.returnTo, href: withPercentBlanks(model.returnTo.href) };
  const back = way !== undefined && isAppAddress(way.href) ? way : undefined;
  const { brand = plainBrand } = model;
  const headers = new Headers(model.headers);
  // The client is told even if nobody presses the button, but only after there was time to read why.
  const after = model.switchAction === undefined ? RETURN_AFTER_SECONDS : RETURN_FROM_CHOICE_AFTER_SECONDS;
  if (back && !back.waits) headers.set('Refresh', `${after}; url=${new URL(back.href).href}`);
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
      {model.switchAction !== undefined && (
        <form method="post" action={model.switchAction}>
          <SubmitButton name="decision" value="switch">
            Use another account
          </SubmitButton>
        </form>
      )}
      {model.homeHref !== undefined && (
        <p>
          <LinkButton href={model.homeHref} primary>
            Go to the start page
          </LinkButton>
        </p>
      )}
      {back !== undefined && <WayBack {...back} after={back.waits ? undefined : after} />}
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

/** By the name that the client gives itself, so the page says beside it where the button leads. */
function WayBack({
  clientName,
  href,
  after,
}: Pick<NonNullable<ErrorModel['returnTo']>, 'clientName' | 'href'> & { after: number | undefined }): Markup {
  const name = plainText(clientName, 32);
  const { protocol, host } = new URL(href);
  return (
    <>
      <p>
        <LinkButton href={href} primary>
          <span>
            {name === '' ? (
              'Back to the app'
            ) : (
              <>
                Back to “<bdi>{name}</bdi>”
              </>
            )}
          </span>
        </LinkButton>
      </p>
      <Small>
        {/^https?:$/.test(protocol) && host !== '' && (
          <>
            That leads to <b>{plainText(host, 512)}</b>.{' '}
          </>
        )}
        {after === undefined
          ? 'Go there only if you were connecting that app.'
          : `This page goes back by itself after ${after} seconds.`}
      </Small>
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
