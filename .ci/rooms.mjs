// The rooms of src/: which may import which, and through which doors. oxlint holds every import of src/ to this table
// (.oxlintrc.json); docs/architecture.md says what each room is for.
import { dirname, relative, resolve } from 'node:path';

const leaves = ['config', 'crypto', 'define', 'shared'];

/**
 * - `imports`: the rooms that it may import.
 * - `doors`: its files that other rooms may import; where absent, all.
 * - `files`: what belongs to it, where that isn't the folder of its name.
 * - `within`: the room whose every file is open to it.
 * - `plain`: it imports no runtime, protocol or HTTP package.
 */
export const rooms = {
  index: { imports: ['gateway', 'nexus'], files: ['index'] },
  gateway: {
    imports: [
      'edge',
      'mcp/http',
      'mcp/sessions',
      'mcp/calls',
      'oauth',
      'oauth/clients',
      'oauth/sign-in',
      'oauth/store',
      'policy',
      'session',
      'session object',
      'storage',
      'upstream',
      ...leaves,
    ],
    files: ['gateway'],
  },
  edge: {
    imports: [
      'audit',
      'mcp/calls',
      'mcp/http',
      'mcp/protocol',
      'oauth',
      'oauth/sign-in',
      'session',
      'upstream',
      ...leaves,
    ],
    doors: ['app'],
  },
  'oauth/sign-in': {
    imports: [
      'audit',
      'oauth',
      'oauth/clients',
      'oauth/grant',
      'oauth/store',
      'policy',
      'session',
      'storage',
      'upstream',
      ...leaves,
    ],
    doors: ['authorize', 'callback', 'identity-provider', 'step'],
  },
  oauth: {
    imports: ['audit', 'oauth/clients', 'oauth/grant', 'oauth/store', 'policy', 'session', 'storage', ...leaves],
    doors: ['address-limit', 'resource-server', 'routes', 'server', 'token-verifier'],
  },
  'mcp/http': {
    imports: ['audit', 'mcp/calls', 'mcp/fast-path', 'mcp/protocol', 'mcp/sessions', 'session', ...leaves],
    doors: ['body', 'endpoint'],
  },
  'mcp/sessions': {
    imports: ['audit', 'mcp/calls', 'mcp/protocol', 'policy', 'session', ...leaves],
    doors: ['edge', 'id', 'limits', 'messages', 'object', 'stream-deadline', 'stub'],
  },
  'mcp/fast-path': { imports: ['mcp/calls', 'mcp/protocol', 'policy', ...leaves], doors: ['fast-path'] },
  'mcp/protocol': { imports: ['mcp/calls', 'policy', ...leaves] },
  'mcp/calls': { imports: ['audit', 'policy', 'session', 'upstream', ...leaves] },
  // The object is put together above its parts, of which one is the grant's half of the authorization server.
  'session object': {
    imports: ['audit', 'oauth/clients', 'oauth/grant', 'oauth/store', 'policy', 'session', 'upstream', ...leaves],
    files: [
      'session/object',
      'session/components',
      'session/credentials',
      'session/authorize',
      'session/token-requests',
    ],
    doors: ['session/object'],
    within: 'session',
  },
  'oauth/grant': {
    imports: ['audit', 'oauth/clients', 'oauth/store', 'policy', 'session', 'upstream', ...leaves],
    doors: ['client-authentication', 'issue-tokens', 'presented-token', 'refresh-token-reuse', 'server'],
  },
  session: {
    imports: ['audit', 'oauth/store', 'policy', 'storage', 'upstream', ...leaves],
    doors: [
      'stub',
      'client/pending-outcomes',
      'client/recent-grants',
      'standing',
      'settings',
      'limits',
      'alarm',
      'change-feed',
      'audit-trail',
      'credential-manager',
      'record',
    ],
  },
  'oauth/clients': {
    imports: ['oauth/store', ...leaves],
    doors: ['assertion', 'directory', 'document-error', 'documents', 'metadata', 'public-url', 'sweep'],
  },
  upstream: {
    imports: leaves,
    doors: ['backend', 'client', 'credential', 'credentials/strategies', 'errors', 'tenants'],
  },
  audit: { imports: leaves, doors: ['event', 'outbox', 'repository', 'sender'] },
  storage: { imports: ['oauth/store', ...leaves], doors: ['jurisdiction', 'sessions'] },
  'oauth/store': {
    imports: leaves,
    doors: ['client-record', 'grant-store', 'kv-store', 'record-object', 'record-stub'],
  },
  nexus: { imports: ['define'], doors: ['definition'], plain: true },
  policy: { imports: ['define', 'shared'], doors: ['access', 'scopes', 'standing'], plain: true },
  config: { imports: ['crypto', 'define', 'shared'], doors: ['index'] },
  crypto: { imports: ['shared'] },
  define: { imports: ['shared'], plain: true },
  shared: { imports: [] },
};

const src = resolve(import.meta.dirname, '../src');
const PLATFORM = /^(cloudflare:|node:|@cloudflare\/|@modelcontextprotocol\/|hono)/;

/** @returns the name of the room that a file of src/ is in; the one with the longest name where several are */
function roomOf(file) {
  const isIn = ([name, { files = [name] }]) => files.some((of) => file === of || file.startsWith(`${of}/`));
  const lengthOf = ([name, { files = [name] }]) =>
    Math.max(...files.map((of) => (file.startsWith(of) ? of.length : 0)));
  return Object.entries(rooms)
    .filter(isIn)
    .toSorted((a, b) => lengthOf(b) - lengthOf(a))[0]?.[0];
}

/** @returns what is wrong with an import, or undefined */
export function refusal(from, target) {
  const [here, there] = [roomOf(from), roomOf(target)];
  if (here === undefined) return `${from} is in no room.`;
  if (there === undefined) return `${target} is in no room.`;
  if (here === there) return undefined;
  const { imports, within } = rooms[here];
  if (!imports.includes(there)) return `${here} may not import ${there}.`;
  const { doors, files } = rooms[there];
  const name = files ? target : target === there ? 'index' : target.slice(there.length + 1);
  if (!doors || doors.includes(name) || within === there) return undefined;
  return `${target} is no door of ${there}: other rooms import ${doors.join(', ')}.`;
}

const rule = {
  create(context) {
    const from = relative(src, context.filename).replace(/\.tsx?$/, '');
    const check = ({ source }) => {
      if (!source) return;
      const specifier = source.value;
      const target = relative(src, resolve(dirname(context.filename), specifier));
      const problem = specifier.startsWith('.')
        ? refusal(from, target)
        : rooms[roomOf(from)]?.plain && PLATFORM.test(specifier)
          ? 'This room is plain TypeScript, without a package of the runtime, the protocol or HTTP.'
          : undefined;
      if (problem) context.report({ node: source, message: `${problem} See .ci/rooms.mjs.` });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

export default { meta: { name: 'rooms' }, rules: { doors: rule } };
