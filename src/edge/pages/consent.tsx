// The consent page: who asks, who signs the user in, where the answer goes, and what is granted. Shows what the MCP
// authorization specification and its security best practices demand (client name, verified domain, redirect host,
// loopback warning, scopes). The handle's forgery protection is the OAuth library's.
import type { PropsWithChildren } from 'hono/jsx';
import { plainBrand, type Brand } from './brand';
import { Card, Notice, Opening, Small, SubmitButton, Tag } from './design';
import { page, type Markup } from './layout';
import { mixesAlphabets, plainText } from './text';

export interface ConsentScope {
  readonly name: string;
  /** Completes "It may …", as in the scope catalogue. */
  readonly description: string;
  /** Comes with every sign-in: shown checked, and cannot be unchecked. */
  readonly baseline: boolean;
  /** Changes data or reaches other people. */
  readonly sensitive: boolean;
}

export interface ConsentModel {
  readonly product: string;
  readonly brand?: Brand;
  /** The tenant as the connector's URL names it; absent where the URL is the one that all share. */
  readonly workspace?: string;
  /** As the client gave it: any text. */
  readonly clientName: string;
  /** Host of a client id metadata document; absent for clients whose name nobody vouches for. */
  readonly clientDomain?: string;
  /** Host of the redirect URI, or the whole URI where it has none that means anything (`com.example.app:/callback`). */
  readonly redirectHost: string;
  readonly redirectIsLoopback: boolean;
  readonly scopes: readonly ConsentScope[];
  /** Who will ask the user to sign in next. */
  readonly signInWith: { readonly name: string; readonly host: string };
  readonly handle: string;
  /** Where the form posts `handle`, `scope` (repeated) and `decision` (`approve` or `deny`). */
  readonly action: string;
  /** The OAuth library's: they bind the handle to this browser. */
  readonly headers: Headers;
}

const SHOWN_NAME = 48;
const WHOLE_NAME = 400; // in the tooltip; a name has no limit of its own
const HOST = 512; // DNS stops at 253; a private-use URI may be longer

export function consentPage(model: ConsentModel): Response {
  const { product, signInWith, brand = plainBrand } = model;
  const body = (
    <>
      <Card>
        <Opening lead="It works with your own permissions: it can never see or change more than you can.">
          Allow <ClientName {...model} /> to use {product} for you
          {model.workspace !== undefined && (
            <>
              {' '}
              in the {brand.tenant.one} <bdi>{plainText(model.workspace, HOST)}</bdi>
            </>
          )}
          ?
        </Opening>
        <Route {...model} />
        {model.redirectIsLoopback && <LoopbackNotice verified={model.clientDomain !== undefined} />}
        <form method="post" action={model.action}>
          <input type="hidden" name="handle" value={model.handle} />
          <ScopeGroups scopes={model.scopes} />
          <Small>
            Next, {signInWith.name} asks you to sign in. {product} never shows this app your password.
          </Small>
          <Decision />
        </form>
      </Card>
      <Small>
        You can disconnect this app at any time. Not expecting this page? Choose Deny, and nothing is shared.
      </Small>
    </>
  );
  return page(200, {
    title: 'Access request',
    purpose: 'Access request',
    product,
    brand,
    body,
    headers: model.headers,
    keepOpener: true,
  });
}

/** Between quotation marks when nobody vouches for it: it is what the app calls itself. */
function ClientName({ clientName, clientDomain }: Pick<ConsentModel, 'clientName' | 'clientDomain'>): Markup {
  const whole = plainText(clientName, WHOLE_NAME);
  if (whole === '') return <>Unnamed app</>;
  const shown = <bdi title={whole}>{plainText(whole, SHOWN_NAME)}</bdi>;
  return clientDomain === undefined ? <>“{shown}”</> : shown;
}

/** The way that access takes: from who asks, over who signs the user in, to where it is sent. */
function Route(model: ConsentModel): Markup {
  const { clientName, clientDomain, signInWith, redirectHost, redirectIsLoopback } = model;
  return (
    <ol class="route">
      <Stop label="Asking">
        {clientDomain === undefined ? <UnverifiedClient {...model} /> : <VerifiedClient domain={clientDomain} />}
        {mixesAlphabets(clientName) && (
          <Small>This name mixes letters of different alphabets. That can make it look like another app’s name.</Small>
        )}
      </Stop>
      <Stop label="You sign in with">
        <span class="host">{signInWith.name}</span>{' '}
        <span class="aside">
          at <bdi>{plainText(signInWith.host, HOST)}</bdi>
        </span>
      </Stop>
      <Stop label="Then access is sent to">
        <bdi class="host">{plainText(redirectHost, HOST)}</bdi>
        {redirectIsLoopback && (
          <>
            {' '}
            <Tag tone="caution">This computer</Tag>
          </>
        )}
      </Stop>
    </ol>
  );
}

function Stop({ label, children }: PropsWithChildren<{ readonly label: string }>): Markup {
  return (
    <li>
      <span class="step">{label}</span> {children}
    </li>
  );
}

function VerifiedClient({ domain }: { readonly domain: string }): Markup {
  return (
    <>
      <bdi class="host">{plainText(domain, HOST)}</bdi> <Tag tone="good">Verified address</Tag>
    </>
  );
}

function UnverifiedClient(model: ConsentModel): Markup {
  return (
    <>
      <span class="host">
        <ClientName {...model} />
      </span>{' '}
      <Tag tone="caution">Name not verified</Tag>
      <Small>Any app can give itself this name.</Small>
    </>
  );
}

function LoopbackNotice({ verified }: { readonly verified: boolean }): Markup {
  return (
    <Notice>
      <p>
        <strong>Access goes to a program on this computer.</strong> Any program running here could be the one asking
        {verified && ', whatever name and address are shown above'}.
      </p>
      <p>Allow only if you have just started connecting from an app on this computer.</p>
    </Notice>
  );
}

/** Reading first, then what changes data or reaches people, each in the catalogue's order. */
function ScopeGroups({ scopes }: Pick<ConsentModel, 'scopes'>): Markup {
  const reading = scopes.filter(({ sensitive }) => !sensitive);
  const changing = scopes.filter(({ sensitive }) => sensitive);
  return (
    <>
      {reading.length > 0 && (
        <fieldset>
          <legend>It may see and read</legend>
          <ScopeList scopes={reading} />
        </fieldset>
      )}
      {changing.length > 0 && (
        <fieldset class="changes">
          <legend>
            It may act for you <Tag tone="caution">Can change data</Tag>
          </legend>
          <Small>Others see these as done by you. Uncheck what you don’t want.</Small>
          <ScopeList scopes={changing} />
        </fieldset>
      )}
    </>
  );
}

function ScopeList({ scopes }: Pick<ConsentModel, 'scopes'>): Markup {
  return (
    <ul class="scopes">
      {scopes.map((scope) => (scope.baseline ? <FixedScope {...scope} /> : <OptionalScope {...scope} />))}
    </ul>
  );
}

/** A disabled checkbox is not submitted, so a hidden field carries its value. */
function FixedScope({ name, description }: ConsentScope): Markup {
  return (
    <li class="fixed">
      <label>
        <input type="checkbox" checked disabled />
        <span class="words">
          <span class="what">{description}</span> <Tag tone="plain">Always included</Tag>
        </span>
      </label>
      <input type="hidden" name="scope" value={name} />
    </li>
  );
}

function OptionalScope({ name, description }: ConsentScope): Markup {
  return (
    <li>
      <label>
        <input type="checkbox" name="scope" value={name} checked />
        <span class="words">
          <span class="what">{description}</span>
        </span>
      </label>
    </li>
  );
}

/** Deny first: Enter in a checkbox presses a form's first button, and a stray key must not grant anything. */
function Decision(): Markup {
  return (
    <div class="actions">
      <SubmitButton name="decision" value="deny">
        Deny
      </SubmitButton>{' '}
      <SubmitButton name="decision" value="approve" primary>
        Allow
      </SubmitButton>
    </div>
  );
}
