// How to add the connector in each app. Menus of vendors change, so the steps name what to look for, not every click.
// docs/clients.md has more about each app, and our sources.
import type { PropsWithChildren } from 'hono/jsx';
import { Snippet } from './copyable';
import { LinkButton, Small } from './design';
import { Guide, guideId, type GuidesModel } from './guide';
import { cursorInstallLink, isLoopback, vsCodeInstallLink } from './install';
import type { Markup } from './markup';
import { TerminalGuides } from './terminal-guides';

const apps = [
  'Claude',
  'ChatGPT',
  'Cursor',
  'VS Code',
  'Claude Code',
  'Codex',
  'Copilot CLI',
  'Gemini CLI',
  'opencode',
  'Qwen Code',
  'Any other app',
] as const;

/** @param children a card beside "Any other app" */
export function Guides({ name, connectorUrl, children }: PropsWithChildren<GuidesModel>): Markup {
  return (
    <>
      <nav class="jump" aria-label="Apps">
        {apps.map((app) => (
          <>
            <a href={`#${guideId(app)}`}>{app}</a>{' '}
          </>
        ))}
      </nav>
      <Group title="Chat">
        <ChatGuides name={name} connectorUrl={connectorUrl} />
      </Group>
      <Group title="In an editor">
        <EditorGuides name={name} connectorUrl={connectorUrl} />
      </Group>
      <Group title="In a terminal">
        <TerminalGuides name={name} connectorUrl={connectorUrl} />
      </Group>
      <Group title="Elsewhere">
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
        {children}
      </Group>
    </>
  );
}

function Group({ title, children }: PropsWithChildren<{ readonly title: string }>): Markup {
  return (
    <>
      <h3 class="group">{title}</h3>
      <div class="grid">{children}</div>
    </>
  );
}

function ChatGuides({ connectorUrl }: GuidesModel): Markup {
  const local = isLoopback(connectorUrl);
  return (
    <>
      <Guide
        app="Claude"
        warning={local && <NotFromHere app="Claude" vendor="Anthropic" />}
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
        warning={local && <NotFromHere app="ChatGPT" vendor="OpenAI" />}
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
        <Small>Your administrator may have to allow this first.</Small>
      </Guide>
    </>
  );
}

/** Shown beside the steps and not instead of them: they work as soon as the gateway has a public address. */
function NotFromHere({ app, vendor }: { readonly app: string; readonly vendor: string }): Markup {
  return (
    <p class="not-here">
      <b>Does not work with this address.</b> {app} connects from the servers of {vendor}, and those can’t reach a
      program on this computer. Use a public address, or an app that runs here: see below.
    </p>
  );
}

function EditorGuides({ name, connectorUrl }: GuidesModel): Markup {
  return (
    <>
      <Guide
        app="Cursor"
        steps={[
          <>
            Choose <b>Add to Cursor</b> and confirm.
          </>,
          'Sign in when Cursor asks.',
        ]}
      >
        <Snippet id="cursor" where="Or in ~/.cursor/mcp.json" what="configuration for Cursor">
          {JSON.stringify({ mcpServers: { [name]: { url: connectorUrl } } }, null, 2)}
        </Snippet>
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
        <Snippet id="vs-code" where="Or in .vscode/mcp.json" what="configuration for VS Code">
          {JSON.stringify({ servers: { [name]: { type: 'http', url: connectorUrl } } }, null, 2)}
        </Snippet>
        <LinkButton href={vsCodeInstallLink(name, connectorUrl)}>Add to VS Code</LinkButton>
      </Guide>
    </>
  );
}
