// The one stylesheet of all pages, inlined so that a page loads nothing. Light and dark use the same properties. The
// colours come from define/palette.ts, which checks each pair of text and background for WCAG AA at start.
// test/browser/pages.test.ts measures what a browser shows.
import { neutrals, type Accent, type Scheme } from '../../define/palette';
import { consentStyles } from './consent-styles';

/** The colours of one scheme as custom properties. */
function colours(scheme: Scheme, { accent, onAccent, soft, hover }: Accent): string {
  const { canvas, surface, sunken, ink, muted } = neutrals[scheme];
  return `--canvas: ${canvas}; --surface: ${surface}; --sunken: ${sunken}; --ink: ${ink}; --muted: ${muted};
  --accent: ${accent}; --on-accent: ${onAccent}; --accent-soft: ${soft}; --accent-hover: ${hover};`;
}

export function stylesheetOf(accents: Readonly<Record<Scheme, Accent>>): string {
  return `
:root {
  color-scheme: light dark;
  ${colours('light', accents.light)}
  --line: #d3dcd8; --control: #74857d; --caution: #744600; --caution-soft: #fcf2da; --caution-line: #e6cf99;
  --shadow: 0 1px 2px rgb(16 40 32 / 6%), 0 12px 32px -12px rgb(16 40 32 / 18%);
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    ${colours('dark', accents.dark)}
    --line: #2c3934; --control: #7d9087; --caution: #f0c674; --caution-soft: #2a2210; --caution-line: #54431b;
    --shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 16px 40px -16px rgb(0 0 0 / 70%);
  }
}
${rules}`;
}

const rules = `
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column; align-items: center;
  background: var(--canvas); color: var(--ink); font: 1rem/1.5 var(--sans); overflow-wrap: anywhere;
}
h1, h2, h3, p, ol, ul, dl, dd, fieldset { margin: 0; padding: 0; }
ol, ul { list-style: none; }
h1 { font-size: clamp(1.375rem, 1.2rem + 1.1vw, 1.75rem); line-height: 1.22; letter-spacing: -0.018em; font-weight: 650; text-wrap: balance; }
h2 { font-size: 1rem; line-height: 1.4; font-weight: 650; }
h3, h4 { margin: 0; font-size: 0.9375rem; line-height: 1.4; font-weight: 650; }
a { color: var(--accent); text-underline-offset: 0.2em; }
a:hover { color: var(--accent-hover); }
code, .mono { font-family: var(--mono); font-size: 0.9375em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }

.frame { width: 100%; max-width: 33rem; padding: 1.25rem 1rem 2.5rem; margin-block: auto; }
.frame.wide { max-width: 62rem; margin-block: 0; }
.brand { display: flex; align-items: center; gap: 0.625rem; padding: 0 0.25rem 1rem; font-weight: 650; letter-spacing: -0.01em; }
.brand .purpose { margin-inline-start: auto; font-size: 0.8125rem; font-weight: 500; letter-spacing: 0; color: var(--muted); }
.mark { width: 1.75rem; height: 1.75rem; flex: none; }
img.mark { width: auto; max-width: 10rem; object-fit: contain; }
.mark .tile { fill: var(--accent); }
.mark .arch { fill: none; stroke: var(--on-accent); stroke-width: 2.5; stroke-linecap: round; }
.mark .key { fill: var(--on-accent); }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--shadow); padding: 1.5rem 1.25rem; }
.card > * + *, form > * + * { margin-top: 1.25rem; }
.lead { margin-top: 0.5rem; color: var(--muted); }
.small { font-size: 0.875rem; color: var(--muted); }
.frame > .small { padding: 1rem 0.25rem 0; }

.route { border-block: 1px solid var(--line); padding-block: 1.125rem; }
.route li { position: relative; padding-inline-start: 1.625rem; }
.route li + li { margin-top: 0.875rem; }
.route li::before { content: ""; position: absolute; left: 0; top: 0.3rem; width: 0.75rem; height: 0.75rem; border-radius: 50%; background: var(--surface); border: 2px solid var(--accent); }
.route li:first-child::before { background: var(--accent); }
.route li:not(:last-child)::after { content: ""; position: absolute; left: 0.3125rem; top: 1.05rem; bottom: -1.175rem; width: 2px; background: var(--line); }
.step { display: block; font-size: 0.8125rem; line-height: 1.35rem; color: var(--muted); }
.host { font-weight: 650; font-size: 1.0625rem; }
.aside { color: var(--muted); }

.tag { display: inline-flex; align-items: center; gap: 0.3em; padding: 0.0625rem 0.5rem; border: 1px solid transparent; border-radius: 99px; font-size: 0.75rem; line-height: 1.25rem; font-weight: 600; white-space: nowrap; vertical-align: 0.08em; }
.tag.good { color: var(--accent); background: var(--accent-soft); }
.tag.caution { color: var(--caution); background: var(--caution-soft); border-color: var(--caution-line); }
.tag.plain { color: var(--muted); background: var(--sunken); border-color: var(--line); }
.icon { width: 1em; height: 1em; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.notice { display: flex; gap: 0.75rem; padding: 0.875rem 1rem; border: 1px solid var(--caution-line); border-radius: 12px; background: var(--caution-soft); font-size: 0.9375rem; }
.notice .icon { width: 1.25rem; height: 1.25rem; margin-top: 0.1rem; color: var(--caution); }
.notice p + p { margin-top: 0.375rem; }

fieldset { border: 0; min-width: 0; }
legend { padding: 0; font-weight: 650; }
legend + .small { margin-top: 0.125rem; }
.scopes { margin-top: 0.5rem; border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
.scopes li + li { border-top: 1px solid var(--line); }
.scopes label { display: flex; align-items: flex-start; gap: 0.75rem; padding: 0.6875rem 0.875rem; font-size: 0.9375rem; cursor: pointer; }
.scopes label:hover { background: var(--sunken); }
.scopes .fixed label { cursor: default; background: var(--sunken); }
.scopes input { flex: none; width: 1.125rem; height: 1.125rem; margin: 0.125rem 0 0; accent-color: var(--accent); }
.changes .scopes { border-color: var(--caution-line); }
.changes .scopes li + li { border-color: var(--caution-line); }
.scopes .words { flex: 1 1 auto; min-width: 0; display: flex; flex-wrap: wrap; align-items: flex-start; justify-content: space-between; gap: 0.125rem 0.75rem; }
.scopes .what { flex: 1 1 13rem; }
.scopes .what::first-letter { text-transform: uppercase; }

.actions { display: flex; gap: 0.75rem; }
.actions > * { flex: 1 1 0; }
.button { display: inline-flex; align-items: center; justify-content: center; min-height: 2.875rem; padding: 0.5rem 1.125rem; border: 1px solid var(--control); border-radius: 10px; background: var(--surface); color: var(--ink); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; transition: background-color 120ms, border-color 120ms; }
.button:hover { background: var(--sunken); color: var(--ink); }
.button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.button.primary:hover { background: var(--accent-hover); border-color: var(--accent-hover); color: var(--on-accent); }
.button { max-width: 100%; text-align: center; }
.button:focus-visible { border-radius: 10px; }

.choices { display: grid; gap: 0.625rem; }
.choice { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 1rem; width: 100%; padding: 0.875rem 1rem; border: 1px solid var(--control); border-radius: 12px; background: var(--surface); color: var(--ink); font: inherit; text-align: start; cursor: pointer; transition: background-color 120ms, border-color 120ms; }
.choice:hover { background: var(--accent-soft); border-color: var(--accent); }
.choice:focus-visible { border-radius: 12px; }
.choice > * { min-width: 0; }
form > .button:only-of-type { width: 100%; }

.todo { padding: 1rem 1.125rem; border-radius: 12px; background: var(--accent-soft); }
.todo p { margin-top: 0.25rem; }
.reference { padding-top: 1rem; border-top: 1px solid var(--line); }
.reference code { color: var(--ink); user-select: all; }

.hero { padding: 1.75rem 1.25rem; }
.hero h1 { font-size: clamp(1.5rem, 1.2rem + 1.6vw, 2.125rem); }
.hero .lead { max-width: 40rem; }
.paste { display: block; padding: 0.875rem 1rem; border: 1px solid var(--control); border-radius: 10px; background: var(--sunken); font-family: var(--mono); font-size: clamp(0.8125rem, 0.68rem + 0.85vw, 1.125rem); user-select: all; }
.copy { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.copy .paste { flex: 999 1 16rem; min-width: 0; }
.copy .button { flex: 1 0 7.5rem; }
.button[hidden] { display: none; }
.button { position: relative; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.label { display: block; margin-bottom: 0.375rem; font-size: 0.875rem; font-weight: 600; }
.hint { margin-top: 0.375rem; }
.section { margin-top: 2.25rem; }
.section > h2 { padding-inline: 0.25rem; font-size: 1.1875rem; letter-spacing: -0.01em; }
.section > .small { padding-inline: 0.25rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17.5rem), 1fr)); gap: 1rem; margin-top: 0.875rem; }
.tile-card { display: flex; flex-direction: column; gap: 0.625rem; padding: 1.125rem; border: 1px solid var(--line); border-radius: 14px; background: var(--surface); font-size: 0.9375rem; }
.tile-card .button { margin-top: auto; min-height: 2.5rem; font-size: 0.9375rem; }
.steps { counter-reset: step; display: grid; gap: 0.375rem; color: var(--muted); }
.steps li { counter-increment: step; display: grid; grid-template-columns: 1.25rem 1fr; }
.steps li::before { content: counter(step); color: var(--accent); font-weight: 650; font-variant-numeric: tabular-nums; }
.steps b, .tile-card b { color: var(--ink); font-weight: 600; }
.snippet { margin: 0; padding: 0.625rem 0.75rem; border-radius: 8px; background: var(--sunken); border: 1px solid var(--line); font: 0.78125rem/1.5 var(--mono); white-space: pre-wrap; color: var(--ink); }
.whole { white-space: nowrap; }
.part { display: inline-block; max-width: 100%; }
.snippet-head { display: flex; align-items: center; justify-content: space-between; gap: 0.5rem; min-height: 2.5rem; margin-bottom: 0.375rem; font-size: 0.8125rem; color: var(--muted); }
.tile-card .snippet-head .button { flex: none; margin: 0; padding: 0.25rem 0.75rem; min-height: 2.5rem; font-size: 0.8125rem; }
.jump { display: flex; flex-wrap: wrap; gap: 0 1.125rem; margin-top: 0.25rem; padding-inline: 0.25rem; font-size: 0.875rem; }
.jump a { display: inline-flex; align-items: center; min-height: 2.5rem; }
.tile-card { scroll-margin-top: 1rem; }
.tile-card:target { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
.group { margin: 1rem 0.25rem -0.25rem; font-size: 0.9375rem; color: var(--muted); }
.not-here { padding: 0.75rem 0.875rem; border: 1px solid var(--caution-line); border-radius: 10px; background: var(--caution-soft); }
.not-here b { color: var(--caution); }
.several p { color: var(--muted); }
.several code { color: var(--ink); }
.quotes { list-style: none; }
.quotes li { display: flex; gap: 0.75rem; padding: 1rem 1.125rem; border: 1px solid var(--line); border-radius: 14px; background: var(--surface); }
.quotes li::before { content: ""; flex: none; width: 0.1875rem; border-radius: 2px; background: var(--accent); }
.links { display: flex; flex-wrap: wrap; gap: 0 1.25rem; padding: 1rem 0.25rem 0; font-size: 0.875rem; }
.links a, .contact a { display: inline-flex; align-items: center; min-height: 2.5rem; }
.promises { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.25rem 2rem; }
.promises.card > * + * { margin-top: 0; }
.promises p { margin-top: 0.25rem; font-size: 0.9375rem; color: var(--muted); }
.promises b { color: var(--ink); font-weight: 600; }

@media (min-width: 36rem) {
  .frame { padding: 2rem 1.5rem 3rem; }
  .card { padding: 2rem; }
  .hero { padding: 2.5rem; }
}
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { transition: none !important; animation: none !important; } }
@media (forced-colors: active) { .tag, .card, .notice { border-color: CanvasText; } }
${consentStyles}`;
