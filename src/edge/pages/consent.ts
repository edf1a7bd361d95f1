// The consent page: who asks, who signs the user in, where the answer goes, and what is granted. Shows what the MCP
// authorization specification and its security best practices demand (client name, verified domain, redirect host,
// loopback warning, scopes). The handle's forgery protection is the OAuth library's.
import { html } from 'hono/html';
import { cautionIcon, checkIcon } from './icons';
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
  const name = clientName(model);
  const body = html`<main class="card">
      <div>
        <h1>Allow ${name} to use ${model.product} for you?</h1>
        <p class="lead">It works with your own permissions: it can never see or change more than you can.</p>
      </div>
      ${route(model, name)} ${model.redirectIsLoopback ? loopbackNotice(model.clientDomain !== undefined) : ''}
      <form method="post" action="${model.action}">
        <input type="hidden" name="handle" value="${model.handle}" />
        ${scopeGroups(model.scopes)}
        <p class="small">
          Next, ${model.signInWith.name} asks you to sign in. ${model.product} never shows this app your password.
        </p>
        ${
          // Deny first: Enter in a checkbox presses a form's first button, and a stray key must not grant anything.
          html`<div class="actions">
            <button class="button" name="decision" value="deny">Deny</button>
            <button class="button primary" name="decision" value="approve">Allow</button>
          </div>`
        }
      </form>
    </main>
    <p class="small">
      You can disconnect this app at any time. Not expecting this page? Choose Deny, and nothing is shared.
    </p>`;
  return page(200, {
    title: 'Access request',
    purpose: 'Access request',
    product: model.product,
    body,
    headers: model.headers,
    keepOpener: true,
  });
}

/** Between quotation marks when nobody vouches for it: it is what the app calls itself. */
function clientName({ clientName: given, clientDomain }: ConsentModel): Markup {
  const whole = plainText(given, WHOLE_NAME);
  if (whole === '') return html`Unnamed app`;
  const shown = html`<bdi title="${whole}">${plainText(whole, SHOWN_NAME)}</bdi>`;
  return clientDomain === undefined ? html`“${shown}”` : shown;
}

function route(model: ConsentModel, name: Markup): Markup {
  const verified = model.clientDomain !== undefined;
  return html`<ol class="route">
    <li>
      <span class="step">Asking</span>
      ${
        verified
          ? html`<bdi class="host">${plainText(model.clientDomain, HOST)}</bdi>
              <span class="tag good">${checkIcon}Verified address</span>`
          : html`<span class="host">${name}</span> <span class="tag caution">Name not verified</span>
              <p class="small">Any app can give itself this name.</p>`
      }
      ${mixesAlphabets(model.clientName) ? html`<p class="small">This name mixes letters of different alphabets. That can make it look like another app’s name.</p>` : ''}
    </li>
    <li>
      <span class="step">You sign in with</span> <span class="host">${model.signInWith.name}</span>
      <span class="aside">at <bdi>${plainText(model.signInWith.host, HOST)}</bdi></span>
    </li>
    <li>
      <span class="step">Then access is sent to</span>
      <bdi class="host">${plainText(model.redirectHost, HOST)}</bdi
      >${model.redirectIsLoopback ? html` <span class="tag caution">This computer</span>` : ''}
    </li>
  </ol>`;
}

function loopbackNotice(verified: boolean): Markup {
  return html`<div class="notice" role="note">
    ${cautionIcon}
    <div>
      <p>
        <strong>Access goes to a program on this computer.</strong> Any program running here could be the one
        asking${verified ? ', whatever name and address are shown above' : ''}.
      </p>
      <p>Allow only if you have just started connecting from an app on this computer.</p>
    </div>
  </div>`;
}

/** Reading first, then what changes data or reaches people, each in the catalogue's order. */
function scopeGroups(scopes: readonly ConsentScope[]): Markup {
  const reading = scopes.filter(({ sensitive }) => !sensitive);
  const changing = scopes.filter(({ sensitive }) => sensitive);
  return html`${
    reading.length === 0
      ? ''
      : html`<fieldset>
          <legend>It may see and read</legend>
          <ul class="scopes">
            ${reading.map(scopeRow)}
          </ul>
        </fieldset>`
  }${
    changing.length === 0
      ? ''
      : html`<fieldset class="changes">
          <legend>It may act for you <span class="tag caution">Can change data</span></legend>
          <p class="small">Others see these as done by you. Uncheck what you don’t want.</p>
          <ul class="scopes">
            ${changing.map(scopeRow)}
          </ul>
        </fieldset>`
  }`;
}

function scopeRow({ name, description, baseline }: ConsentScope): Markup {
  // A disabled checkbox is not submitted, so a hidden field carries its value.
  return baseline
    ? html`<li class="fixed">
        <label>
          <input type="checkbox" checked disabled />
          <span class="words"
            ><span class="what">${description}</span> <span class="tag plain">Always included</span></span
          >
        </label>
        <input type="hidden" name="scope" value="${name}" />
      </li>`
    : html`<li>
        <label>
          <input type="checkbox" name="scope" value="${name}" checked />
          <span class="words"><span class="what">${description}</span></span>
        </label>
      </li>`;
}
