// Colours as `#rrggbb`: mixing two of them, and their contrast as WCAG 2.2 defines it. Pure arithmetic.

/** WCAG 2.2 §1.4.3 (level AA) for text of ordinary size. */
export const AA_TEXT = 4.5;

const HEX = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i;

export function isColor(value: string): boolean {
  return HEX.test(value);
}

/** Lays `over` on `under` with the opacity `share`, 0 to 1; in sRGB, like a stylesheet. */
export function mix(under: string, over: string, share: number): string {
  const [a, b] = [channelsOf(under), channelsOf(over)];
  return `#${a.map((value, at) => hex(value * (1 - share) + (b[at] ?? 0) * share)).join('')}`;
}

/** The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

/** WCAG 2.2, "relative luminance". */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(color).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channelsOf(color: string): number[] {
  const [, ...channels] = HEX.exec(color) ?? [];
  if (channels.length !== 3) throw new TypeError(`${color} is not a colour: #rrggbb`);
  return channels.map((channel) => Number.parseInt(channel, 16));
}

function hex(value: number): string {
  return Math.round(value).toString(16).padStart(2, '0');
}
