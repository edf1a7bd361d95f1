// The picture of docs/performance.md, drawn from a run: CPU time of a call and of a list, in units of what a reverse
// proxy takes. Plain SVG, legible on light and dark pages.
import type { Measured } from './measure.ts';
import type { Results } from './results.ts';
import { ratio } from './statistics.ts';
import { subjects } from './subjects.ts';

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly ours: boolean;
}

const WIDTH = 760;
const LABEL = 264;
const BAR = 20;
const STEP = 28;
const VALUE = 70;

const style = `
  .card{fill:#fbfbfd;stroke:#d5d8e0}
  .bar{fill:#b9c0cf}
  .own{fill:#3358d4}
  text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#1c2233;font-size:13.5px}
  .h{font-weight:600;font-size:15px}
  .s{fill:#535b6e;font-size:12.5px}
  .b{font-weight:600}
  @media (prefers-color-scheme:dark){
    .card{fill:#171a21;stroke:#363c4a}
    .bar{fill:#4d5567}
    .own{fill:#7f9bff}
    text{fill:#e8ebf2}
    .s{fill:#a9b1c2}
  }
`;

export function picture(results: Results): string {
  const call = bars(
    results.cases,
    (one) => (one.operation === 'call' || one.operation === 'get') && !one.subject.startsWith('gateway-'),
  );
  const list = bars(results.cases, (one) => one.operation === 'list' && !one.subject.startsWith('gateway-'));
  const first = group('tools/call: one record from the upstream', call, 80);
  const second = group('tools/list: the same tools', list, first.end + 34);
  const height = second.end + 14;
  const told = [...call, ...list].map(({ label, value }) => `${label}: ${value.toFixed(1)}`).join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="t d">
<title id="t">CPU time of a request, in units of what a reverse proxy takes</title>
<desc id="d">${escape(told)}</desc>
<style>${style}</style>
<rect class="card" x=".5" y=".5" width="${WIDTH - 1}" height="${height - 1}" rx="10"/>
<text class="h" x="20" y="30">CPU time of a request</text>
<text class="s" x="20" y="49">in units of what a reverse proxy takes; shorter is better</text>
${first.svg}
${second.svg}
</svg>
`;
}

function bars(cases: readonly Measured[], select: (one: Measured['case']) => boolean): Bar[] {
  const proxy = cases.find(({ case: one }) => one.subject === 'proxy')?.turns.map(({ cpu }) => cpu) ?? [];
  return cases
    .filter(({ case: one }) => select(one))
    .map(({ case: { subject, wire }, turns }) => ({
      label: `${subjects[subject].title}${wire === null ? '' : `, ${wire.slice(0, 4)}${wire.slice(10)}`}`,
      value: ratio(
        turns.map(({ cpu }) => cpu),
        proxy,
      ).median,
      ours: subject === 'gateway',
    }))
    .sort((a, b) => a.value - b.value);
}

function group(title: string, rows: readonly Bar[], top: number): { readonly svg: string; readonly end: number } {
  const longest = Math.max(...rows.map(({ value }) => value), 1);
  const lines = rows.map(({ label, value, ours }, index) => {
    const y = top + 16 + index * STEP;
    const width = Math.max(2, (value / longest) * (WIDTH - LABEL - VALUE - 20));
    const text = y + BAR / 2 + 5;
    const bold = ours ? ' class="b"' : '';
    return `<text${bold} x="${LABEL - 10}" y="${text}" text-anchor="end">${escape(label)}</text>
<rect class="${ours ? 'own' : 'bar'}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3"/>
<text${bold} x="${(LABEL + width + 8).toFixed(1)}" y="${text}">${value < 10 ? value.toFixed(1) : value.toFixed(0)}</text>`;
  });
  return {
    svg: [`<text class="b" x="20" y="${top + 4}">${escape(title)}</text>`, ...lines].join('\n'),
    end: top + 16 + rows.length * STEP,
  };
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
