// How to add the connector in each app. The vendors' menus move; the steps name what to look for, not every click.
import type { PropsWithChildren } from 'hono/jsx';
import { LinkButton, Small, Snippet } from './design';
import type { Markup } from './layout';

export interface GuidesModel {
  readonly product: string;
  readonly connectorUrl: string;
}

export function Guides({ product, connectorUrl }: GuidesModel): Markup {
  const name = serverName(product);
  return (
    <>
      <Guide
        app="Claude"
        steps={[
          <>
            Open <b>Settings</b>, then <b>Connectors</b>.
          </>,
          <>
            Choose <b>Add custom connector</b>.
          </>,
          <>
            Paste the address, choose <b>Add</b>, then <b>Connect</b>.
          </>,
        ]}
      >
        <Small>On Team and Enterprise plans an owner adds it once; then each person connects.</Small>
      </Guide>
      <Guide
        app="ChatGPT"
        steps={[
          <>
            Open <b>Settings</b>, <b>Apps</b>, <b>Advanced settings</b> and switch on <b>Developer mode</b>.
          </>,
          <>
            Choose <b>Create app</b> and paste the address.
          </>,
          <>
            Pick <b>OAuth</b> and sign in.
          </>,
        ]}
      >
        <Small>In a workspace, an administrator may have to allow this first.</Small>
      </Guide>
      <Guide
        app="Claude Code"
        steps={[
          'Run the command below in a terminal.',
          <>
            In a session, type <b>/mcp</b> and sign in.
          </>,
        ]}
      >
        <Snippet>{`claude mcp add --transport http ${name} ${connectorUrl}`}</Snippet>
      </Guide>
      <Guide
        app="Cursor"
        steps={[
          <>
            Choose <b>Add to Cursor</b> and confirm.
          </>,
          'Sign in when Cursor asks.',
        ]}
      >
        <Small>
          Or add this under <b>mcpServers</b> in <b>mcp.json</b>:
        </Small>
        <Snippet>{`${JSON.stringify(name)}: { "url": ${JSON.stringify(connectorUrl)} }`}</Snippet>
        <LinkButton href={cursorInstallLink(name, connectorUrl)}>Add to Cursor</LinkButton>
      </Guide>
      <Guide
        app="VS Code"
        steps={[
          <>
            Choose <b>Add to VS Code</b> and confirm.
          </>,
          'Sign in when VS Code asks.',
        ]}
      >
        <Small>
          Or run <b>MCP: Add Server</b> from the Command Palette, pick <b>HTTP</b> and paste the address.
        </Small>
        <LinkButton href={vsCodeInstallLink(name, connectorUrl)}>Add to VS Code</LinkButton>
      </Guide>
      <Guide
        app="Any other app"
        steps={[
          <>
            Look for <b>MCP server</b>, <b>connector</b> or <b>integration</b> in its settings.
          </>,
          'Paste the address where it asks for a URL.',
          'Your browser opens, and you sign in.',
        ]}
      />
    </>
  );
}

function Guide({
  app,
  steps,
  children,
}: PropsWithChildren<{ readonly app: string; readonly steps: readonly (Markup | string)[] }>): Markup {
  return (
    <section class="tile-card">
      <h3>{app}</h3>
      <ol class="steps">
        {steps.map((step) => (
          <li>
            <span>{step}</span>
          </li>
        ))}
      </ol>
      {children}
    </section>
  );
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
