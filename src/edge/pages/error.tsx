// The page for failures: what happened, what to do, and a reference for support. It shows only texts of the catalogue
// and a request id. The message of an exception or the words of an upstream never appear here.
import { withPercentBlanks } from '../../shared/parameters';
import { plainBrand, type Brand } from './brand';
import { HOST } from './client';
import { Card, LinkButton, Opening, SignedInAs, Small, SubmitButton } from './design';
import { page } from './layout';
import type { Markup } from './markup';
import { ContactSupport } from './links';
import { messageOf, type PageMessageCode } from './messages';
import { plainText } from './text';

/** Time to read the page twice; or to decide, when there is something to choose. */
const RETURN_AFTER_SECONDS = 20;
const RETURN_FROM_CHOICE_AFTER_SECONDS = 120;
/** A request id is a UUID. */
const REFERENCE = 128;
/** A button takes no more of a client's name. */
const BUTTON_NAME = 32;

interface ErrorModel {
  readonly status: number;
  readonly title: string;
  readonly message: string;
  readonly whatToDo: string;
  readonly requestId: string;
  /** The verified email of the person who signed in, when the failure is about that account. */
  readonly signedInAs?: string;
  /** The target of "Try again": a path of ours or an http(s) address. No button is shown for anything else. */
  readonly retryHref?: string;
  /** The form action for another account: posts `decision=switch`. */
  readonly switchAction?: string;
  /**
   * The way back to the client, with the OAuth error that it waits for. The page takes it by itself after a while. With
   * `waits` it never does, because nobody has agreed yet to go there (RFC 9700 §4.11.2).
   */
  readonly returnTo?: { readonly clientName: string; readonly href: string; readonly waits?: true };
  /** The path of the page with the connector's address. */
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
  // The client gets its error even if nobody presses the button, but not before there was time to read.
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
      <Reference id={plainText(model.requestId, REFERENCE)} support={brand.links.support} />
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

/** Names support only when this page can link to it. */
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

/** The client chooses the name on the button, so the page says beside it where the button leads. */
function WayBack({
  clientName,
  href,
  after,
}: Pick<NonNullable<ErrorModel['returnTo']>, 'clientName' | 'href'> & { after: number | undefined }): Markup {
  const name = plainText(clientName, BUTTON_NAME);
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
            That leads to <b>{plainText(host, HOST)}</b>.{' '}
          </>
        )}
        {after === undefined
          ? 'Go there only if you were connecting that app.'
          : `This page goes back by itself after ${after} seconds.`}
      </Small>
    </>
  );
}

/** Keeps `javascript:` and similar schemes out of a link, whoever built the address. */
function isWebAddress(href: string): boolean {
  const url = URL.parse(href, 'https://page.invalid');
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
}

/** A redirect URI may have a private-use scheme (RFC 8252 §7.1), but none that runs or shows text of its own. */
function isAppAddress(href: string): boolean {
  const url = URL.parse(href);
  return url !== null && !/^(?:javascript|vbscript|data|blob|filesystem|file|about|view-source):$/.test(url.protocol);
}
