// The page that shows as whom a client is about to be connected. It is for people who saw no other page (their consent
// is remembered and their provider signs them in by itself), and for browsers in which another account was used.
// Nothing is connected before the person agrees.
import { plainBrand, type Brand } from './brand';
import { Asker, HOST, Route, Stop, type ShownClient } from './client';
import { Card, EMAIL, Opening, SubmitButton } from './design';
import { page } from './layout';
import { AllowedScopes, type ConsentScope } from './scopes';
import { plainText } from './text';

export interface AccountModel extends ShownClient {
  readonly product: string;
  readonly brand?: Brand;
  /** Verified by the identity provider. */
  readonly email: string;
  /** The tenant's name, or else its id, when it is known. */
  readonly workspace?: string;
  readonly scopes: readonly ConsentScope[];
  /** Whether the person has just answered the consent page. Otherwise the consent is remembered. */
  readonly answered: boolean;
  /** Where the form posts `decision`: `connect`, `switch` or `deny`. */
  readonly action: string;
  /** Headers of the OAuth library, which bind the answer to this browser. */
  readonly headers: Headers;
}

export function accountPage(model: AccountModel): Response {
  const { product, brand = plainBrand, email, workspace, answered, scopes, action, headers } = model;
  const why = answered
    ? 'Another account was used in this browser before. Make sure that this is the one you want.'
    : 'You have allowed this app before, so you are not asked again what it may do. Make sure that the account is right.';
  const body = (
    <Card kind="account">
      <form method="post" action={action}>
        <Opening lead={why}>
          Connect <Asker {...model} /> as <bdi class="asker">{plainText(email, EMAIL)}</bdi>?
        </Opening>
        <Route {...model}>
          {workspace !== undefined && (
            <Stop label={`In the ${brand.tenant.one}`}>
              <bdi class="host">{plainText(workspace, HOST)}</bdi>
            </Stop>
          )}
        </Route>
        <AllowedScopes scopes={scopes} />
        <div class="decision">
          <div class="actions">
            <SubmitButton name="decision" value="deny">
              Cancel
            </SubmitButton>{' '}
            <SubmitButton name="decision" value="switch">
              Use another account
            </SubmitButton>{' '}
            <SubmitButton name="decision" value="connect" primary>
              Continue
            </SubmitButton>
          </div>
        </div>
      </form>
    </Card>
  );
  return page(200, { title: 'Your account', purpose: 'Sign-in', product, brand, body, headers, keepOpener: true });
}
