// The consent page: who asks, who signs the user in, where the answer goes, and what is granted. It shows what the MCP
// authorization specification and its security best practices demand: client name, verified domain, redirect host,
// loopback warning, scopes. The OAuth library protects the form against forgery.
import { plainBrand, type Brand } from './brand';
import { Asker, HOST, LoopbackNotice, Route, Stop, type ShownClient } from './client';
import { Card, Opening, Small, SubmitButton } from './design';
import { page } from './layout';
import type { Markup } from './markup';
import { ScopeChoice, type ConsentScope } from './scopes';
import { plainText } from './text';

export type { ConsentScope } from './scopes';

export interface ConsentModel extends ShownClient {
  readonly product: string;
  readonly brand?: Brand;
  /** The name of the tenant in the connector's URL, or else its id; absent for the URL that all tenants share. */
  readonly workspace?: string;
  readonly scopes: readonly ConsentScope[];
  /** The person who signed in; or the one who last did so in this browser and allowed what was allowed before. */
  readonly email?: string;
  readonly signedIn: boolean;
  /** The provider that asks the user to sign in next. */
  readonly signInWith: { readonly name: string; readonly host: string };
  readonly handle: string;
  /** Where the form posts `handle`, `scope` (repeated) and `decision` (`approve`, `deny` or `switch`). */
  readonly action: string;
  /** Headers of the OAuth library, which bind the handle to this browser. */
  readonly headers: Headers;
}

export function consentPage(model: ConsentModel): Response {
  const { product, email, signedIn, scopes, brand = plainBrand } = model;
  const isMore = scopes.some(({ before }) => before);
  const body = (
    <>
      <Card kind="consent">
        {/* The form contains the whole page, so that its sticky bar with the decision is always in view. */}
        <form method="post" action={model.action}>
          <input type="hidden" name="handle" value={model.handle} />
          <div class="facts">
            <Opening lead={lead(isMore, scopes)}>
              Allow <Asker {...model} /> to use {product} for you
              {model.workspace !== undefined && (
                <>
                  {' '}
                  in the {brand.tenant.one} <bdi>{plainText(model.workspace, HOST)}</bdi>
                </>
              )}
              ?
            </Opening>
            <Route {...model}>
              <SignIn {...model} />
            </Route>
            {model.redirectIsLoopback && <LoopbackNotice verified={model.clientDomain !== undefined} />}
          </div>
          <div class="choice-of-access">
            <ScopeChoice scopes={scopes} email={email} />
          </div>
          <Decision signedIn={signedIn}>
            {signedIn
              ? `Nothing is shared before you allow it.`
              : `Next, ${model.signInWith.name} asks you to sign in.`}
          </Decision>
        </form>
      </Card>
      <Small>
        {product} never shows this app your password. You can disconnect it at any time. Not expecting this page? Choose
        Deny, and nothing is shared.
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
    wide: true,
  });
}

function lead(isMore: boolean, scopes: readonly ConsentScope[]): string {
  if (!isMore) return 'It works with your own permissions: it can never see or change more than you can.';
  return scopes.every(({ before }) => before)
    ? 'It asks for what you have allowed it before, and for nothing more.'
    : 'It asks for more than you have allowed it before.';
}

function SignIn({ signedIn, email, signInWith }: Pick<ConsentModel, 'signedIn' | 'email' | 'signInWith'>): Markup {
  if (signedIn)
    return (
      <Stop label="You are signed in as">
        <bdi class="host">{plainText(email ?? '', HOST)}</bdi>
      </Stop>
    );
  return (
    <Stop label="You sign in with">
      <span class="host">{signInWith.name}</span>{' '}
      <span class="aside">
        at <bdi>{plainText(signInWith.host, HOST)}</bdi>
      </span>
    </Stop>
  );
}

/**
 * Deny comes first: Enter in a checkbox presses the first button of a form, and a stray key must not grant anything.
 */
function Decision({ signedIn, children }: { readonly signedIn: boolean; readonly children: string }): Markup {
  return (
    <div class="decision">
      <Small>{children}</Small>
      <div class="actions">
        <SubmitButton name="decision" value="deny">
          Deny
        </SubmitButton>{' '}
        {signedIn && (
          <>
            <SubmitButton name="decision" value="switch">
              Use another account
            </SubmitButton>{' '}
          </>
        )}
        <SubmitButton name="decision" value="approve" primary>
          Allow
        </SubmitButton>
      </div>
    </div>
  );
}
