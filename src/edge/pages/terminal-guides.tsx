// How to add the connector in agents that run in a terminal. All of them return from the sign-in to a port of this
// computer.
import { Snippet } from './copyable';
import { Small } from './design';
import { Guide, type GuidesModel } from './guide';
import type { Markup } from './markup';

export function TerminalGuides({ name, connectorUrl }: GuidesModel): Markup {
  return (
    <>
      <Guide app="Claude Code" steps={['Run both commands. The second opens your browser, and you sign in.']}>
        <Commands id="claude-code" app="Claude Code">
          {`claude mcp add --transport http ${name} ${connectorUrl}\nclaude mcp login ${name}`}
        </Commands>
        <Small>
          Or sign in from a session: <b>/mcp</b>, then <b>Authenticate</b>.
        </Small>
      </Guide>
      <Guide app="Codex" steps={['Run the command. Your browser opens, and you sign in.']}>
        <Commands id="codex" app="Codex">{`codex mcp add ${name} --url ${connectorUrl}`}</Commands>
        <Small>
          To sign in again later: <code class="whole">codex mcp login</code> and the name.
        </Small>
      </Guide>
      <Guide app="Copilot CLI" steps={['Run the command.', 'Start Copilot. Your browser opens, and you sign in.']}>
        <Commands id="copilot" app="Copilot CLI">{`copilot mcp add --transport http ${name} ${connectorUrl}`}</Commands>
      </Guide>
      <Guide
        app="Gemini CLI"
        steps={[
          'Run the command.',
          <>
            In a session, type{' '}
            <b>
              /mcp auth <bdi>{name}</bdi>
            </b>{' '}
            and sign in.
          </>,
        ]}
      >
        <Commands id="gemini" app="Gemini CLI">{`gemini mcp add --transport http ${name} ${connectorUrl}`}</Commands>
      </Guide>
      <Guide app="opencode" steps={['Add this to your configuration.', 'Run the command, and sign in.']}>
        <Snippet id="opencode" where="In opencode.json" what="configuration for opencode">
          {JSON.stringify({ mcp: { [name]: { type: 'remote', url: connectorUrl } } }, null, 2)}
        </Snippet>
        <Commands id="opencode-auth" app="opencode">{`opencode mcp auth ${name}`}</Commands>
      </Guide>
      <Guide
        app="Qwen Code"
        steps={[
          'Run the command.',
          <>
            In a session, type <b>/mcp</b>, pick the server, choose <b>Authenticate</b> and sign in.
          </>,
        ]}
      >
        <Commands id="qwen" app="Qwen Code">{`qwen mcp add --transport http ${name} ${connectorUrl}`}</Commands>
      </Guide>
    </>
  );
}

function Commands({
  id,
  app,
  children,
}: {
  readonly id: string;
  readonly app: string;
  readonly children: string;
}): Markup {
  const several = children.includes('\n');
  return (
    <Snippet id={id} where="In a terminal" what={`${several ? 'commands' : 'command'} for ${app}`}>
      {children}
    </Snippet>
  );
}
