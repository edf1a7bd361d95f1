// What a person sees who opens the gateway's address in a browser: the one URL to paste, where to paste it, and what
// happens with their data. The vendors' menus move; the steps name what to look for, not every click.
import { html } from 'hono/html';
import { page, type Markup } from './layout';

export interface LandingModel {
  readonly product: string;
  /** The MCP endpoint, exactly as a client must be given it. */
  readonly connectorUrl: string;
  /** Where the browser opens for consent, so that people know what to expect in the address bar. */
  readonly authorizationServerHost: string;
}

export function landingPage({ product, connectorUrl, authorizationServerHost }: LandingModel): Response {
  const body = html`<main>
    <div class="card hero">
      <div>
        <h1>Use ${product} from your AI assistant</h1>
        <p class="lead">
          Connect Claude, ChatGPT, Cursor, VS Code or any other app that speaks MCP to your ${product} account. It works
          with your data, under your permissions.
        </p>
      </div>
      <div>
        <span class="label" id="connector">Connector address</span>
        <code class="paste" aria-labelledby="connector">${connectorUrl}</code>
        <p class="small hint">Copy it and paste it into your app. There is no key or password to set up.</p>
      </div>
    </div>
    <section class="section" aria-labelledby="apps">
      <h2 id="apps">Add it to your app</h2>
      <div class="grid">${guides({ product, connectorUrl })}</div>
    </section>
    <section class="section" aria-labelledby="data">
      <h2 id="data">What happens with your data</h2>
      <div class="card promises grid">
        ${promise('You sign in as yourself', html`With your company identity, in your browser, at <b>${authorizationServerHost}</b>. Check that address before you allow anything. The app never sees your password.`)}
        ${promise('You choose what it may do', html`You see each permission in plain words and can switch it off. What you can’t do in ${product}, the app can’t do either.`)}
        ${promise('You can disconnect at any time', html`Remove the connection in your app. And when your ${product} account is closed, the app’s access ends with it.`)}
      </div>
    </section>
  </main>`;
  return page(200, { title: 'Connect your AI assistant', purpose: 'Connector', product, body, wide: true });
}

function promise(title: string, text: Markup): Markup {
  return html`<div>
    <h3>${title}</h3>
    <p>${text}</p>
  </div>`;
}

function guides({ product, connectorUrl }: Pick<LandingModel, 'product' | 'connectorUrl'>): Markup[] {
  const name = serverName(product);
  return [
    guide(
      'Claude',
      [
        html`Open <b>Settings</b>, then <b>Connectors</b>.`,
        html`Choose <b>Add custom connector</b>.`,
        html`Paste the address, choose <b>Add</b>, then <b>Connect</b>.`,
      ],
      note('On Team and Enterprise plans an owner adds it once; then each person connects.'),
    ),
    guide(
      'ChatGPT',
      [
        html`Open <b>Settings</b>, <b>Apps</b>, <b>Advanced settings</b> and switch on <b>Developer mode</b>.`,
        html`Choose <b>Create app</b> and paste the address.`,
        html`Pick <b>OAuth</b> and sign in.`,
      ],
      note('In a workspace, an administrator may have to allow this first.'),
    ),
    guide(
      'Claude Code',
      [html`Run the command below in a terminal.`, html`In a session, type <b>/mcp</b> and sign in.`],
      html`<pre class="snippet">claude mcp add --transport http ${name} ${connectorUrl}</pre>`,
    ),
    guide(
      'Cursor',
      [html`Choose <b>Add to Cursor</b> and confirm.`, html`Sign in when Cursor asks.`],
      html`${note(html`Or add this under <b>mcpServers</b> in <b>mcp.json</b>:`)}
        <pre class="snippet">${JSON.stringify(name)}: { "url": ${JSON.stringify(connectorUrl)} }</pre>
        <a class="button" href="${cursorInstallLink(name, connectorUrl)}">Add to Cursor</a>`,
    ),
    guide(
      'VS Code',
      [html`Choose <b>Add to VS Code</b> and confirm.`, html`Sign in when VS Code asks.`],
      html`${note(html`Or run <b>MCP: Add Server</b> from the Command Palette, pick <b>HTTP</b> and paste the address.`)}
        <a class="button" href="${vsCodeInstallLink(name, connectorUrl)}">Add to VS Code</a>`,
    ),
    guide('Any other app', [
      html`Look for <b>MCP server</b>, <b>connector</b> or <b>integration</b> in its settings.`,
      html`Paste the address where it asks for a URL.`,
      html`Your browser opens, and you sign in.`,
    ]),
  ];
}

function guide(app: string, steps: readonly Markup[], more: Markup | '' = ''): Markup {
  return html`<section class="tile-card">
    <h3>${app}</h3>
    <ol class="steps">
      ${steps.map((step) => html`<li><span>${step}</span></li>`)}
    </ol>
    ${more}
  </section>`;
}

function note(text: Markup | string): Markup {
  return html`<p class="small">${text}</p>`;
}

/** A name that needs no quoting in a shell and is a plain key in JSON. */
function serverName(product: string): string {
  const name = product
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'connector' : name;
}

/** https://cursor.com/docs/mcp/install-links */
function cursorInstallLink(name: string, url: string): string {
  const config = encodeURIComponent(btoa(JSON.stringify({ url })));
  return `cursor://anysphere.cursor-deeplink/mcp/install?name=${name}&config=${config}`;
}

/** https://code.visualstudio.com/docs/copilot/guides/mcp-developer-guide#_mcp-url-handler */
function vsCodeInstallLink(name: string, url: string): string {
  return `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name, type: 'http', url }))}`;
}
