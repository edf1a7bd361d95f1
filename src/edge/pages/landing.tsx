// What a person sees who opens the gateway's address in a browser: the one URL to paste, where to paste it, and what
// happens with their data. Whole without its script, which only adds the Copy button.
import type { PropsWithChildren } from 'hono/jsx';
import { COPY_SCRIPT_PATH } from './copy-script';
import { Card, Opening, Section, Small } from './design';
import { Guides } from './guides';
import { page, type Markup } from './layout';

export interface LandingModel {
  readonly product: string;
  /** The MCP endpoint, exactly as a client must be given it. */
  readonly connectorUrl: string;
  /** Where the browser opens for consent, so that people know what to expect in the address bar. */
  readonly authorizationServerHost: string;
}

export function landingPage({ product, connectorUrl, authorizationServerHost }: LandingModel): Response {
  const lead = `Connect Claude, ChatGPT, Cursor, VS Code or any other app that speaks MCP to your ${product} account. It works with your data, under your permissions.`;
  const body = (
    <main>
      <Card as="div" kind="hero">
        <Opening lead={lead}>Use {product} from your AI assistant</Opening>
        <ConnectorAddress url={connectorUrl} />
      </Card>
      <Section id="apps" title="Add it to your app">
        <div class="grid">
          <Guides product={product} connectorUrl={connectorUrl} />
        </div>
      </Section>
      <Section id="data" title="What happens with your data">
        <Card as="div" kind="promises grid">
          <Promised title="You sign in as yourself">
            With your company identity, in your browser, at <b>{authorizationServerHost}</b>. Check that address before
            you allow anything. The app never sees your password.
          </Promised>
          <Promised title="You choose what it may do">
            You see each permission in plain words and can switch it off. What you can’t do in {product}, the app can’t
            do either.
          </Promised>
          <Promised title="You can disconnect at any time">
            Remove the connection in your app. And when your {product} account is closed, the app’s access ends with it.
          </Promised>
        </Card>
      </Section>
    </main>
  );
  return page(200, {
    title: 'Connect your AI assistant',
    purpose: 'Connector',
    product,
    body,
    wide: true,
    script: COPY_SCRIPT_PATH,
  });
}

/** The script finds the button, the address and the line that screen readers announce by their ids. */
function ConnectorAddress({ url }: { readonly url: string }): Markup {
  return (
    <div>
      <span class="label" id="connector">
        Connector address
      </span>
      <div class="copy">
        <code class="paste" id="address" aria-labelledby="connector">
          {url}
        </code>{' '}
        <button class="button primary" type="button" id="copy" aria-labelledby="copy connector" hidden>
          Copy
        </button>
      </div>
      <Small kind="hint">Copy it and paste it into your app. There is no key or password to set up.</Small>
      <span class="unseen" id="announcement" role="status" />
    </div>
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
