// The colours of every page. The neutral ones are fixed; those of the accent are derived from the one colour that a
// definition names. Each pair that meets as text and background is listed here, and an accent that fails WCAG AA in one
// of them is refused when the Worker starts.
import { AA_TEXT, contrast, isColor, mix } from '../shared/color';
import type { Branding } from './branding';

export type Scheme = 'light' | 'dark';

export const neutrals = {
  light: { canvas: '#edf1ef', surface: '#ffffff', sunken: '#f4f7f5', ink: '#13201b', muted: '#4f5f58' },
  dark: { canvas: '#0c1210', surface: '#151d1a', sunken: '#101815', ink: '#e7efeb', muted: '#a3b3ac' },
} as const satisfies Record<Scheme, Record<string, string>>;

export const defaultAccent: NonNullable<Branding['accent']> = { light: '#0a6650', dark: '#64d2ae' };

export interface Accent {
  readonly accent: string;
  /** Text on the accent. */
  readonly onAccent: string;
  /** A background that belongs to the accent. */
  readonly soft: string;
  /** The accent under a pointer. */
  readonly hover: string;
}

const SOFT_SHARE = 0.12;
const HOVER_SHARE = 0.22;

export function accentOf(accent: string, scheme: Scheme): Accent {
  const dark = mix(accent, '#000000', 0.84);
  return {
    accent,
    onAccent: contrast(accent, '#ffffff') >= contrast(accent, dark) ? '#ffffff' : dark,
    soft: mix(neutrals[scheme].surface, accent, SOFT_SHARE),
    hover: mix(accent, scheme === 'light' ? '#000000' : '#ffffff', HOVER_SHARE),
  };
}

/** @throws TypeError naming the colour, what it can't be read on or with, and which way to change it */
export function checkAccent(accents: NonNullable<Branding['accent']>): void {
  for (const scheme of ['light', 'dark'] as const) {
    const color = accents[scheme];
    const what = `branding.accent.${scheme}: ${color}`;
    if (typeof color !== 'string' || !isColor(color)) throw new TypeError(`${what} is not a colour: #rrggbb`);
    for (const [words, text, background] of pairsOf(color, scheme)) {
      const ratio = contrast(text, background);
      if (ratio < AA_TEXT)
        throw new TypeError(
          `${what}: ${words} would have a contrast of ${floor(ratio)}, and WCAG AA asks for ${AA_TEXT}. Choose a ${scheme === 'light' ? 'darker' : 'lighter'} colour`,
        );
    }
  }
}

/** Every text of or on the accent, with its background, as the stylesheet (edge/pages/styles.ts) combines them. */
function pairsOf(color: string, scheme: Scheme): readonly (readonly [string, string, string])[] {
  const { canvas, surface, sunken, ink, muted } = neutrals[scheme];
  const { accent, onAccent, soft, hover } = accentOf(color, scheme);
  return [
    [`a link on a card (${surface})`, accent, surface],
    [`a link on the page (${canvas})`, accent, canvas],
    [`a link on a sunken field (${sunken})`, accent, sunken],
    [`a tag on its own tint (${soft})`, accent, soft],
    [`a link under the pointer (${hover}) on the page (${canvas})`, hover, canvas],
    [`a button's text (${onAccent})`, onAccent, accent],
    [`a button's text (${onAccent}) under the pointer (${hover})`, onAccent, hover],
    [`text (${ink}) on the accent's tint (${soft})`, ink, soft],
    [`secondary text (${muted}) on the accent's tint (${soft})`, muted, soft],
  ];
}

/** Rounded down, so that 4.499 doesn't read as 4.5. */
function floor(ratio: number): string {
  return (Math.floor(ratio * 100) / 100).toFixed(2);
}
