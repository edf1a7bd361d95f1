import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { clip, shorten, upstreamText, visible } from '../../../src/define/text';

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
    const text = 'Ada\tLovelace\nΑλφα עברית 漢字 é 😀';
    expect(visible(text)).toBe(text);
  });

  it('takes time in proportion to the text', () => {
    const started = performance.now();
    visible(`${ESC}]`.repeat(100_000));
    visible(`${ESC}[${'1;'.repeat(200_000)}`);
    visible(`${ESC}[`.repeat(100_000));
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
});
