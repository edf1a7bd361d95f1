// The choice of a tenant, for people who belong to several: one button for each, so that a choice takes one click or
// one key. The server knows which tenants may be chosen; the form only names one.
import { plainBrand, type Brand } from './brand';
import { Breakable } from './copyable';
import { Card, Opening, SignedInAs, Small, SubmitButton } from './design';
import { page } from './layout';
import type { Markup } from './markup';
import { plainText } from './text';

export interface TenantsModel {
  readonly product: string;
  readonly brand?: Brand;
  /** Verified by the identity provider. */
  readonly email: string;
  readonly tenants: readonly { readonly id: string; readonly name: string }[];
  /** The connector address of one of them, as an example: each tenant has its own. */
  readonly example?: string;
  /** Where the form posts `tenant` (an id), or `decision`: `deny`, or `switch` for another account. */
  readonly action: string;
  /** Headers of the OAuth library, which bind the choice to this browser. */
  readonly headers: Headers;
}

const NAME = 80;
const ID = 64;

export function tenantsPage(model: TenantsModel): Response {
  const { product, brand = plainBrand, email, tenants, example, action, headers } = model;
  const noun = brand.tenant;
  const lead = 'You belong to more than one. The app gets access to the one that you choose, and to no other.';
  const body = (
    <>
      <Card>
        <Opening lead={lead}>Which {noun.one} should it use?</Opening>
        <SignedInAs email={email} />
        <form method="post" action={action}>
          <ul class="choices" aria-label={`Your ${noun.many}`}>
            {tenants.map((tenant) => (
              <Choice {...tenant} noun={noun.one} />
            ))}
          </ul>
          <div class="actions">
            <SubmitButton name="decision" value="deny">
              Cancel
            </SubmitButton>{' '}
            <SubmitButton name="decision" value="switch">
              Use another account
            </SubmitButton>
          </div>
        </form>
      </Card>
      {example !== undefined && (
        <Small>
          To use several, add each to your app under a connector address of its own, such as{' '}
          <code>
            <Breakable>{example}</Breakable>
          </code>
        </Small>
      )}
    </>
  );
  return page(200, {
    title: `Choose your ${noun.one}`,
    purpose: 'Sign-in',
    product,
    brand,
    body,
    headers,
    keepOpener: true,
  });
}

/** Shows the id as well, because two tenants may have the same name. */
function Choice({ id, name, noun }: TenantsModel['tenants'][number] & { readonly noun: string }): Markup {
  const shown = plainText(name, NAME);
  const shownId = plainText(id, ID);
  return (
    <li>
      <button class="choice" name="tenant" value={id}>
        <span class="host">
          <bdi>{shown || shownId || `Unnamed ${noun}`}</bdi>
        </span>{' '}
        {shown !== '' && shown !== shownId && <bdi class="aside">{shownId}</bdi>}
      </button>
    </li>
  );
}
