// The page at the gateway's address in a browser: the one URL to paste, where to paste it, what people can ask then,
// and what happens with their data. It is complete without its script, which only adds the Copy buttons.
// A tenant's page depends on its URL alone, and is the same for every name that a tenant might have. It shows the
// tenant as the URL names it. Only the backend knows the tenant's own name, and a page that asked for it would tell a
// stranger which tenants exist.
import type { PropsWithChildren } from 'hono/jsx';
import { plainBrand, type Brand } from './brand';
import { COPY_SCRIPT_PATH } from './copy-script';
import { Breakable, CopyButton } from './copyable';
import { Card, Opening, Section, Small } from './design';
import { Guides } from './guides';
import { connectorName } from './install';
import { page } from './layout';
import type { Markup } from './markup';

export interface LandingModel {
  readonly product: string;
  /** The MCP endpoint, exactly as a client needs it. */
  readonly connectorUrl: string;
  /** The host of the sign-in, so that people know what to expect in the address bar. */
  readonly authorizationServerHost: string;
  /** On the page of a tenant: the tenant as its URL names it. */
  readonly tenant?: string;
  /** On the page that all tenants share: the URL of a tenant's page, with a placeholder for its name. */
  readonly tenantPage?: string;
  readonly examples?: readonly string[];
  readonly brand?: Brand;
}

export function landingPage(model: LandingModel): Response {
  const { product, connectorUrl, tenant, tenantPage, examples = [], brand = plainBrand } = model;
  const lead = `Connect Claude, ChatGPT, Cursor, VS Code or any other app that speaks MCP to your ${product} account. It works with your data, under your permissions.`;
  const body = (
    <main>
      <Card as="div" kind="hero">
        <Opening lead={lead}>Use {product} from your AI assistant</Opening>
        <ConnectorAddress
          url={connectorUrl}
          of={tenant === undefined ? undefined : { noun: brand.tenant.one, tenant }}
        />
      </Card>
      {examples.length > 0 && <Examples examples={examples} />}
      <Section id="apps" title="Add it to your app">
        <Guides name={connectorName(product, tenant)} connectorUrl={connectorUrl}>
          {tenantPage !== undefined && <SeveralTenants noun={brand.tenant} address={tenantPage} />}
        </Guides>
      </Section>
      <YourData {...model} />
    </main>
  );
  return page(200, {
    title: 'Connect your AI assistant',
    purpose: 'Connector',
    product,
    brand,
    body,
    wide: true,
    script: COPY_SCRIPT_PATH,
  });
}

/** The script finds the address, and the line that screen readers announce, by their ids. */
function ConnectorAddress({
  url,
  of,
}: {
  readonly url: string;
  readonly of: { readonly noun: string; readonly tenant: string } | undefined;
}): Markup {
  return (
    <div>
      <span class="label" id="connector">
        Connector address
        {of && (
          <>
            {' '}
            of the {of.noun} <bdi>{of.tenant}</bdi>
          </>
        )}
      </span>
      <div class="copy">
        <code class="paste" id="address" aria-labelledby="connector">
          <Breakable>{url}</Breakable>
        </code>{' '}
        <CopyButton of="address" what="connector address" primary />
      </div>
      <Small kind="hint">Copy it and paste it into your app. There is no key or password to set up.</Small>
      <span class="unseen" id="announcement" role="status" />
    </div>
  );
}

function Examples({ examples }: { readonly examples: readonly string[] }): Markup {
  return (
    <Section id="examples" title="What you can ask">
      <ul class="quotes grid">
        {examples.map((example) => (
          <li>
            <q>{example}</q>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function SeveralTenants({ noun, address }: { readonly noun: Brand['tenant']; readonly address: string }): Markup {
  return (
    <div class="tile-card several">
      <h4>Several {noun.many}?</h4>
      <p>
        An app takes an address only once. So each {noun.one} has a connector address of its own, and an entry of its
        own name in your app. Its page has both:
      </p>
      <code>
        <Breakable>{address}</Breakable>
      </code>
    </div>
  );
}

function YourData({ product, authorizationServerHost }: LandingModel): Markup {
  return (
    <Section id="data" title="What happens with your data">
      <Card as="div" kind="promises grid">
        <Promised title="You sign in as yourself">
          With your company identity, in your browser, at <b>{authorizationServerHost}</b>. Check that address before
          you allow anything. The app never sees your password.
        </Promised>
        <Promised title="You choose what it may do">
          You see each permission in plain words and can switch it off. What you can’t do in {product}, the app can’t do
          either.
        </Promised>
        <Promised title="Your data goes to the AI that you choose">
          What the app reads for you is sent to the company that runs it, such as Anthropic or OpenAI, and handled under
          your agreement with them. Check with your company which apps you may use.
        </Promised>
        <Promised title="You can disconnect at any time">
          Remove the connection in your app. And when your {product} account is closed, the app’s access ends with it.
        </Promised>
      </Card>
    </Section>
  );
}

function Promised({ title, children }: PropsWithChildren<{ readonly title: string }>): Markup {
  return (
    <div>
      <h3>{title}</h3>
      <p>{children}</p>
    </div>
  );
}
