// Which addresses that a stranger chose are asked at all (SSRF).
import { expect, test } from 'vitest';
import { refusedUrl } from '../../../../src/oauth/clients/public-url';

test.each([
  'https://claude.ai/oauth/mcp-oauth-client-metadata',
  'https://vscode.dev/oauth/client-metadata.json',
  'https://app.example/c.json',
  'https://a_b.xn--bcher-kva.example/c',
  'https://client.xn--p1ai/c',
  'https://test.app/c',
  'https://internal.acme.com/c',
])('%s may be asked', (url) => expect(refusedUrl(url)).toBeUndefined());

/** Of RFC 6761, 6762, 7686, 8375 and 9476, of ICANN, and of networks, clusters and companies. */
const inward = (
  'localhost app.localhost app.test app.invalid 10.in-addr.arpa printer.local duskgytldkxiuqc6.onion router.home.arpa ' +
  'app.alt db.internal internal api.default.svc api.default.svc.cluster.local app.corp nas.home x.mail x.lan ' +
  'x.localdomain wiki.intranet x.private vault.service.consul x.docker intranet'
).split(' ');

test.each(inward.flatMap((host) => [host, `${host}.`]))('https://%s/ is of a network', (host) =>
  expect(refusedUrl(`https://${host}/c.json`)).toBe('not a public name'),
);

test.each(['app.example.', 'claude.ai.', 'a..example', '.example', '-.1a', 'gateway'])(
  'https://%s/ is no name',
  (host) => expect(refusedUrl(`https://${host}/c.json`)).toBe('not a public name'),
);

test.each([
  '127.0.0.1',
  '127.1',
  '127.0.0.1.',
  '2130706433',
  '0x7f.1',
  '0x7f000001',
  '0177.0.0.1',
  '０x7f.1',
  '127。0。0。1',
  '169.254.169.254',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[fd00::1]',
])('https://%s/ is an address, in whatever spelling', (host) =>
  expect(refusedUrl(`https://${host}/c.json`)).toMatch(/^not a plain URL$|^an address instead of a name$/),
);

test.each([
  ['https://LOCALHOST./c.json', 'not a plain URL'],
  ['https://app.example/%2e%2e/c.json', 'not a plain URL'],
  ['https://app.example:444/c.json', 'not https on its own port'],
  ['http://app.example/c.json', 'not https on its own port'],
  ['https://app.example/c.json?x', 'holds more, or less, than a path'],
])('%s is refused: %s', (url, why) => expect(refusedUrl(url)).toBe(why));
