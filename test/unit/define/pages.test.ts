// The part of a definition that people see on pages, refused at start where it would make a page that can't be read.
import { describe, expect, test } from 'vitest';
import { accentOf, checkAccent, defaultAccent } from '../../../src/define/palette';
import { defineGateway, type GatewayDefinition } from '../../../src/define/gateway';
import { product } from '../../product/definition';
import { contrast, mix } from '../../../src/shared/color';

const define = (change: Partial<GatewayDefinition>) => () => defineGateway({ ...product, ...change });
const accent = (light: string, dark = '#91a7ff') => ({ branding: { accent: { light, dark } } });
const png = 'data:image/png;base64,AAAA';

describe('defineGateway', () => {
  test.each([
    [
      'an accent too light for a light page',
      accent('#ffcc00'),
      /accent\.light: #ffcc00: a link .* contrast of 1\.51, and WCAG AA asks for 4\.5\. Choose a darker colour/,
    ],
    [
      'an accent too dark for a dark page',
      accent('#3b5bdb', '#3b5bdb'),
      /accent\.dark: #3b5bdb: .*Choose a lighter colour/,
    ],
    // Readable on white and on its own; not on the page beside a card.
    [
      'an accent that fails on the page alone',
      accent('#757575'),
      /accent\.light: #757575: a link on the page \(#edf1ef\)/,
    ],
    ['an accent that fails on its tint alone', accent('#6c6c6c'), /#6c6c6c: a tag on its own tint/],
    ['a colour by name', accent('navy'), /accent\.light: navy is not a colour: #rrggbb/],
    ['a colour that would end the stylesheet', accent('#fff}</style>'), /is not a colour/],
    [
      'a logo from elsewhere',
      { branding: { logo: 'https://shelf.example/logo.png' } },
      /branding\.logo must be a data URL of an image/,
    ],
    [
      'a logo that is a page',
      { branding: { logo: 'data:text/html;base64,AAAA' } },
      /branding\.logo must be a data URL/,
    ],
    ['a logo that would end its attribute', { branding: { logo: `${png}"onload=x` } }, /branding\.logo must be/],
    [
      'a logo that is too large',
      { branding: { logo: png + 'A'.repeat(16_384) } },
      /logo has 16410 characters, and may have 16384/,
    ],
    ['a favicon that is too large', { branding: { favicon: png + 'A'.repeat(8_192) } }, /favicon has 8218 characters/],
    [
      'a noun in capitals',
      { branding: { tenant: { one: 'Organization', many: 'organizations' } } },
      /tenant\.one: "Organization" must be a noun in lower case/,
    ],
    ['a noun that is missing', { branding: { tenant: { one: 'team', many: '' } } }, /branding\.tenant\.many: ""/],
    ['a link in the clear', { links: { privacy: 'http://shelf.example/' } }, /links\.privacy: .* must be an https URL/],
    ['a link that runs', { links: { terms: 'javascript:alert(1)' } }, /links\.terms/],
    ['an address where there is a page', { links: { terms: 'mailto:a@b.example' } }, /links\.terms/],
    [
      'support at two addresses',
      { links: { support: 'mailto:a@b.example,c@d.example' } },
      /links\.support: .* must name one address/,
    ],
    [
      'two examples',
      { examples: ['One?', 'Two?'] as unknown as [string, string, string] },
      /examples: 2; the landing page shows three/,
    ],
    ['an example that is none', { examples: ['One?', 'Two?', ' '] }, /examples: " " must have 1 to 120/],
  ] as [string, Partial<GatewayDefinition>, RegExp][])('refuses %s', (_name, change, message) => {
    expect(define(change)).toThrow(message);
  });

  test('takes what Shelf and others write', () => {
    for (const links of [
      { support: 'https://help.example/?from=mcp#form' },
      { support: 'mailto:help@example.com?subject=MCP' },
      {},
    ])
      expect(define({ links })).not.toThrow();
    for (const branding of [
      {},
      { logo: png },
      { logo: 'data:image/svg+xml,%3Csvg%2F%3E' },
      { tenant: { one: 'équipe', many: 'équipes' } },
    ])
      expect(define({ branding })).not.toThrow();
    expect(() => checkAccent(defaultAccent)).not.toThrow();
  });
});

describe('colours', () => {
  test('contrast is WCAG’s', () => {
    expect(contrast('#000000', '#ffffff')).toBe(21);
    expect(contrast('#777777', '#FFFFFF')).toBeCloseTo(4.48, 2);
    expect(contrast('#123456', '#123456')).toBe(1);
  });

  test('mixing keeps to the two ends', () => {
    expect([0, 0.5, 1].map((share) => mix('#000000', '#ffffff', share))).toEqual(['#000000', '#808080', '#ffffff']);
  });

  test('text on an accent is light or dark, whichever is read', () => {
    expect(accentOf('#0a6650', 'light').onAccent).toBe('#ffffff');
    expect(contrast(accentOf('#64d2ae', 'dark').onAccent, '#64d2ae')).toBeGreaterThan(7);
  });
});
