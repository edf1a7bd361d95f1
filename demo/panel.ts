// What `npm start` shows once everything runs.
import { defaultPorts } from './dev-vars.ts';
import { demoPeople } from './people.ts';
import type { Neighbours } from './stack.ts';

/** Lines of columns, each as wide as its longest cell and set apart from the next, whatever stands in them. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(width(column) + 2) : cell)).join(''),
  );
}

export function panel({ gatewayUrl, ports }: Pick<Neighbours, 'gatewayUrl' | 'ports'>): string {
  const connector = `${gatewayUrl}/mcp`;
  const people = columns(demoPeople.map(({ name, email, shows }) => [name, email, shows]));
  const local = URL.parse(gatewayUrl)?.hostname === 'localhost';
  const elsewhere = local && ports.gateway !== defaultPorts.gateway ? `PORT=${ports.gateway} ` : '';
  const url = local ? '' : ` --url ${connector}`;
  return `
  Ready. Your connector URL:

    ${connector}

  Sign in as
${people.map((line) => `    ${line}`).join('\n')}

  Connect
    Claude Code     claude mcp add --transport http nexus ${connector}
    MCP Inspector   npx -y @modelcontextprotocol/inspector@2
                    In the page that opens, choose Streamable HTTP and the connector URL. Or in a shell:
                    npx -y @modelcontextprotocol/inspector@2 --cli ${connector} --transport http \\
                      --header "Authorization: Bearer $(${elsewhere}npm run --silent demo -- --token${url})" --method tools/list
    A browser       ${gatewayUrl}/ is the page that your users see
    A script        ${elsewhere}npm run demo${url && ` --${url}`} goes the whole way and shows it, in a second shell

  Ctrl-C stops everything.
`;
}
