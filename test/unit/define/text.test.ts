import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  clip,
  harmlessData,
  shorten,
  shownLine,
  shownText,
  unseen,
  upstreamText,
  visible,
} from '../../../src/define/text';

const ESC = '\u001B';

describe('visible', () => {
  it.each([
    ['a CSI sequence', `a${ESC}[31;1mred${ESC}[0m`, 'ared'],
    ['a CSI sequence in its one-byte form', 'a\u009B2Jb', 'ab'],
    ['an OSC hyperlink', `${ESC}]8;;https://evil.example\u0007text${ESC}]8;;\u0007`, 'text'],
    ['an OSC sequence closed by ST', `${ESC}]0;title${ESC}\\text`, 'text'],
    ['an OSC sequence that never ends', `${ESC}]0;title`, ']0;title'],
    ['a lone ESC', `a${ESC}b`, 'ab'],
    ['NUL, BEL, backspace, DEL', 'a\u0000\u0007\b\u007Fb', 'ab'],
    ['zero-width characters', 'a\u200B\u200C\u200D\u2060\uFEFFb', 'ab'],
    ['bidi overrides and isolates', 'a\u202E\u202D\u2066\u2069\u200F\u061Cb', 'ab'],
    ['tag characters (invisible ASCII)', `a${String.fromCodePoint(0xe0069, 0xe0067, 0xe006e)}b`, 'ab'],
    ['variation selectors (invisible bytes)', `a\uFE00\uFE0F${String.fromCodePoint(0xe0100)}b`, 'ab'],
    ['soft hyphens and fillers', 'a\u00AD\u3164\uFFA0b', 'ab'],
    ['interlinear annotations', 'a\uFFF9\uFFFA\uFFFBb', 'ab'],
    ['a lone surrogate', 'a\uD800b', 'a\uFFFDb'],
    ['every kind of line break', 'a\r\nb\rc\u2028d\u2029e\u0085f\vg\fh', 'a\nb\nc\nd\ne\nf\ng\nh'],
  ])('%s', (_name, text, expected) => {
    expect(visible(text)).toBe(expected);
  });

  it('keeps tabs, line feeds and letters of any script', () => {
    const text = 'Ada\tLovelace\nΑλφα עברית 漢字 é 😀 \u06DD';
    expect(visible(text)).toBe(text);
  });

  // By number, so that a reader sees them.
  const inContext: [name: string, text: string][] = [
    [
      'Persian, a non-joiner between letters that would join (UAX #31 A1)',
      '\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645',
    ],
    ['a mark before and behind the non-joiner (A1)', '\u0645\u06CC\u064E\u200C\u064E\u062E'],
    ['Devanagari, a virama that stays visible (A2)', '\u0915\u094D\u200C\u0937'],
    ['Sinhala, a conjunct (B)', '\u0DC1\u0DCA\u200D\u0DBB\u0DD3'],
    ['Malayalam, a chillu at the end of a word (B)', '\u0D05\u0D35\u0D28\u0D4D\u200D '],
    ['Bengali, ra before ya-phalaa', '\u09B0\u200D\u09CD\u09AF'],
    ['a family (UTS #51 ED-16)', '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}'],
    ['a profession with a skin tone', '\u{1F469}\u{1F3FD}\u200D\u{1F4BB}'],
    ['a rainbow flag', '\u{1F3F3}\uFE0F\u200D\u{1F308}'],
    ['a red heart and a black one (ED-9a)', '\u2764\uFE0F \u2764\uFE0E'],
    ['a keycap (ED-14b)', '1\uFE0F\u20E3 #\uFE0F\u20E3'],
    ['the flag of Scotland (ED-14c)', '\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}'],
  ];

  it.each(inContext)('keeps %s, which a person sees', (_name, text) => {
    expect(visible(text)).toBe(text);
    expect(unseen(text)).toBeUndefined();
  });

  it.each([
    ['a joiner between Latin letters', 'a\u200Db', 'ab'],
    ['a non-joiner behind a letter that joins nothing', '\u0627\u200C\u0628', '\u0627\u0628'],
    ['a second non-joiner', '\u06CC\u200C\u200C\u062E', '\u06CC\u062E'],
    ['a joiner behind an emoji, before nothing', '\u{1F468}\u200D', '\u{1F468}'],
    ['a second selector', '\u2764\uFE0F\uFE0E', '\u2764\uFE0F'],
    ['another message in the tags of a flag', '\u{1F3F4}\u{E0068}\u{E0069}\u{E007F}', '\u{1F3F4}'],
    ['half a flag of Scotland', '\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}', '\u{1F3F4}'],
    ['a joiner before a vowel sign', '\u0915\u094D\u200D\u093F', '\u0915\u094D\u093F'],
  ])('drops %s, which nobody sees', (_name, text, expected) => {
    expect(visible(text)).toBe(expected);
    expect(unseen(text)).toMatch(/^U\+(?:200[CD]|FE0E|E00\w\w) at position \d+$/);
  });

  it('takes time in proportion to the text', () => {
    const started = performance.now();
    visible(`${ESC}]`.repeat(100_000));
    visible(`${ESC}[${'1;'.repeat(200_000)}`);
    visible(`${ESC}[`.repeat(100_000));
    visible(`\u0915${'\u094D'.repeat(100_000)}\u200D`.repeat(2));
    visible('\u{1F468}\u200D'.repeat(100_000));
    visible('\u{E0067}'.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('shorten and clip', () => {
  it('leave what fits', () => {
    expect(shorten('abc', 3)).toBe('abc');
    expect(clip('abc', 3)).toBe('abc');
  });

  it('never pass the bound, say what is missing, and are stable', () => {
    for (let max = 1; max < 600; max += 7) {
      for (const text of ['x'.repeat(1_000), '😀'.repeat(500), `a${'😀'.repeat(500)}`]) {
        for (const cut of [shorten(text, max), clip(text, max)]) {
          expect(cut.length).toBeLessThanOrEqual(max);
          expect(cut.isWellFormed()).toBe(true);
          expect(cut).toContain('…');
        }
        expect(clip(clip(text, max), max)).toBe(clip(text, max));
      }
    }
    expect(clip('x'.repeat(1_000), 250)).toBe(`${'x'.repeat(200)}… (truncated, 800 more characters)`);
  });
});

describe('upstreamText', () => {
  it('shortens instead of refusing, and is plain string in JSON Schema', () => {
    const schema = z.object({ note: upstreamText(10) });
    expect(schema.parse({ note: 'a\u202Eb'.repeat(10) })).toEqual({ note: 'ababababa…' });
    expect(z.toJSONSchema(schema, { io: 'output' }).properties).toEqual({ note: { type: 'string' } });
    expect(() => schema.parse({ note: 1 })).toThrow();
  });

  it('alters nothing for looks: line breaks and joiners stay as they are written', () => {
    const text = 'one\r\ntwo\nthree \u0645\u06CC\u200C\u062E \u{1F468}\u200D\u{1F469}';
    expect(upstreamText(100).parse(text)).toBe(text);
  });

  it.each([
    ['a CR that overwrites its line', 'pay 1\rpay 2', 'pay 1\npay 2'],
    ['other controls that move a line', 'a\vb\fc\u0085d', 'a\nb\nc\nd'],
    ['a terminal sequence', `a${ESC}]0;title\u0007b`, 'ab'],
    ['an override', 'a\u202Eb', 'ab'],
  ])('neutralises %s', (_name, text, expected) => {
    expect(upstreamText(100).parse(text)).toBe(expected);
  });
});

describe('harmlessData', () => {
  it('cleans every string of a structure, and the names in it', () => {
    const data = { 'na\u200Bme': ['a\u202Eb', { deep: 'c\u{E0069}d' }], n: 1, none: null };
    expect(harmlessData(data)).toEqual({ name: ['ab', { deep: 'cd' }], n: 1, none: null });
  });

  it('leaves what has nothing to clean', () => {
    const data = { a: ['b'], c: { d: null } };
    expect(harmlessData(data)).toBe(data);
  });
});

describe('what people are asked about, or read', () => {
  it.each([
    ['a terminal sequence', `a${ESC}]0;hidden\u0007`, 'U+001B at position 2'],
    ['tags', 'a\u{E0069}', 'U+E0069 at position 2'],
    ['an override', 'ab\u202E', 'U+202E at position 3'],
    ['a zero-width space', 'a\u200Bb', 'U+200B at position 2'],
    ['a soft hyphen', 'a\u00ADb', 'U+00AD at position 2'],
    ['a CR by itself', 'a\rb', 'U+000D at position 2'],
    ['a line separator', 'a\u2028b', 'U+2028 at position 2'],
    ['a filler', 'a\u3164b', 'U+3164 at position 2'],
    ['a blank that is no space', 'a\u2800b', 'U+2800 at position 2'],
    ['a private character', 'a\uE000b', 'U+E000 at position 2'],
    ['a noncharacter', 'a\uFFFFb', 'U+FFFF at position 2'],
    ['half a character', 'a\uD800b', 'U+D800 at position 2'],
    ['a variation selector that varies nothing', 'a\uFE0Fb', 'U+FE0F at position 2'],
  ])('%s is refused, by number', (_name, text, said) => {
    expect(unseen(text)).toBe(said);
    for (const schema of [shownText(100), shownLine(100)])
      expect(schema.safeParse(`x${text}x`).error?.issues.at(-1)?.message).toContain(said.split(' ')[0]);
  });

  it('a CRLF is the line break that it looks like, and is sent as one', () => {
    expect(unseen('a\r\nb')).toBeUndefined();
    expect(shownText(100).parse('a\r\nb ')).toBe('a\nb');
    expect(shownLine(100).safeParse('a\r\nb').success).toBe(false);
  });

  it.each(['Grüße – 漢字 \u{1F44D}\u{1F3FD}', 'tab\tand\nline', 'na\u00EFve\u00A0no-break'])('%j passes', (text) => {
    expect(shownText(100).parse(text)).toBe(text);
  });
});
