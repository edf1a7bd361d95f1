import { describe, expect, test } from 'vitest';
import { consentPage } from '../../../../src/edge/pages/consent';
import { allowedBefore, hostileNames, unverifiedConsent, verifiedConsent } from './samples';

const textOf = (response: Response) => response.text();

/** The page's words, tags removed and spaces collapsed. */
async function wordsOf(response: Response): Promise<string> {
  const markup = (await response.text()).replace(/<style>[^]*<\/style>/, '');
  return markup
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

describe('what the consent page shows', () => {
  test('the verified host of a client with a metadata document', async () => {
    const words = await wordsOf(consentPage(verifiedConsent()));
    expect(words).toContain('Allow claude.ai to use Shelf for you?');
    expect(words).toContain('Asking claude.ai Verified address It calls itself “ Claude ”.');
    expect(words).not.toContain('not verified');
  });

  test('that nobody vouches for the name of any other client', async () => {
    const words = await wordsOf(consentPage(unverifiedConsent()));
    expect(words).toContain('Name not verified');
    expect(words).not.toContain('Verified address');
  });

  test('the exact redirect host, and a warning when it is this computer', async () => {
    const web = await wordsOf(consentPage(verifiedConsent({ redirectHost: 'vscode.dev' })));
    expect(web).toContain('access is sent to vscode.dev');
    expect(web).not.toContain('this computer');

    const local = await wordsOf(consentPage(unverifiedConsent({ redirectHost: '127.0.0.1' })));
    expect(local).toContain('access is sent to 127.0.0.1');
    expect(local).toContain('Access goes to a program on this computer.');
  });

  test('a verified name is no proof of which local program asks', async () => {
    const model = verifiedConsent({ redirectHost: 'localhost', redirectIsLoopback: true });
    expect(await wordsOf(consentPage(model))).toContain('whatever name and address are shown above');
  });

  test('who signs the user in next', async () => {
    const words = await wordsOf(consentPage(verifiedConsent()));
    expect(words).toContain('You sign in with Google at accounts.google.com');
  });

  test('a name that mixes alphabets is pointed out', async () => {
    const model = unverifiedConsent({ clientName: hostileNames['alphabets'] ?? '' });
    expect(await wordsOf(consentPage(model))).toContain('mixes letters of different alphabets');
  });
});

describe('form', () => {
  test('each scope has one submitted field; baseline ones can’t be unchecked', async () => {
    const model = verifiedConsent();
    const markup = await textOf(consentPage(model));
    for (const { name, baseline, irreversible } of model.scopes) {
      const fields = markup.match(new RegExp(`<input[^>]*name="scope"[^>]*value="${name}"[^>]*>`, 'g')) ?? [];
      expect(fields, name).toHaveLength(1);
      expect(fields[0]).toContain(baseline ? 'type="hidden"' : 'type="checkbox"');
      if (!baseline) expect(/\schecked/.test(fields[0] ?? '')).toBe(!irreversible);
    }
    expect(markup.match(/<input type="checkbox" checked="" disabled=""/g)).toHaveLength(1);
  });

  test('those that change data stand apart, marked', async () => {
    const markup = await textOf(consentPage(verifiedConsent()));
    const [reading = '', changing = ''] = markup.split('<details class="fold changes">');
    expect(changing).toContain('Can change data');
    expect(reading).not.toContain('Can change data');
    for (const { name, sensitive } of verifiedConsent().scopes) {
      expect(sensitive ? changing : reading, name).toContain(`value="${name}"`);
    }
  });

  test('they are folded, with their number; those that can be undone are ticked', async () => {
    const scopes = verifiedConsent().scopes.map((scope) => ({ ...scope, irreversible: scope.name === 'items:write' }));
    const words = await wordsOf(consentPage(verifiedConsent({ scopes })));
    expect(words).toContain('It may act for you Can change data 3 kinds of access, 2 are ticked beforehand');
    expect(await wordsOf(consentPage(verifiedConsent()))).toContain('3 kinds of access, none is ticked beforehand');
  });

  test('what is all that is asked for isn’t folded', async () => {
    const scopes = verifiedConsent().scopes.filter(({ baseline, sensitive }) => baseline || sensitive);
    expect(await textOf(consentPage(verifiedConsent({ scopes })))).toContain('<details class="fold changes" open');
  });

  test('a step-up shows what is added, open, and folds what was allowed before, by whom', async () => {
    const scopes = allowedBefore('profile:read', 'items:read', 'items:write');
    const model = verifiedConsent({ scopes, email: 'ada@acme.example' });
    const markup = await textOf(consentPage(model));
    expect(markup).toContain('<details class="fold changes" open');
    expect(markup).toContain('<details class="fold"><summary>');
    const words = await wordsOf(consentPage(model));
    expect(words).toContain('It asks for more than you have allowed it before.');
    expect(words).toContain('Allowed before by ada@acme.example 3 kinds of access, 1 can change data');
  });

  test('a group without scopes is left out', async () => {
    const reading = verifiedConsent().scopes.filter(({ sensitive }) => !sensitive);
    expect(await textOf(consentPage(verifiedConsent({ scopes: reading })))).not.toContain('Can change data');
    expect(await textOf(consentPage(verifiedConsent({ scopes: [] })))).not.toContain('<fieldset');
  });

  test('posts the handle, and Deny comes before Allow', async () => {
    const markup = await textOf(consentPage(verifiedConsent({ handle: 'h"1', action: '/authorize?a=1&b=2' })));
    expect(markup).toMatch(/<form method="post" action="\/authorize\?a=1&amp;b=2">/);
    expect(markup).toMatch(/<input type="hidden" name="handle" value="h&quot;1"/);
    expect(markup.indexOf('value="deny"')).toBeLessThan(markup.indexOf('value="approve"'));
  });

  test('keeps the library’s cookies', () => {
    const headers = new Headers();
    headers.append('Set-Cookie', '__Host-oauth-consent-1=a; Secure');
    headers.append('Set-Cookie', '__Host-oauth-consent-2=b; Secure');
    expect(consentPage(verifiedConsent({ headers })).headers.getSetCookie()).toHaveLength(2);
  });
});

describe('hostile values', () => {
  test.each(Object.entries(hostileNames))('client name: %s', async (_, clientName) => {
    const markup = await textOf(consentPage(unverifiedConsent({ clientName })));
    expect(markup).not.toMatch(/<img|<script|<svg onload/i);
    expect(markup).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(markup.length).toBeLessThan(40_000);
  });

  test('a long name is cut where it shows and whole in the tooltip', async () => {
    const clientName = `Assistant ${'x'.repeat(200)} end`;
    const markup = await textOf(consentPage(unverifiedConsent({ clientName })));
    expect(markup).toContain(`title="${clientName}"`);
    expect(markup).toMatch(/>Assistant x{37}…<\/bdi/);
  });

  test('a name of nothing visible is called unnamed', async () => {
    const model = unverifiedConsent({ clientName: hostileNames['invisible'] ?? '' });
    expect(await wordsOf(consentPage(model))).toContain('It calls itself nothing at all');
  });

  test('every other value is escaped', async () => {
    const evil = '"><script>alert(1)</script>';
    const model = verifiedConsent({
      product: evil,
      clientDomain: evil,
      redirectHost: evil,
      signInWith: { name: evil, host: evil },
      scopes: [{ name: evil, description: evil, baseline: true, sensitive: true, irreversible: true, before: false }],
      handle: evil,
      action: evil,
    });
    expect(await textOf(consentPage(model))).not.toContain('<script');
  });
});
