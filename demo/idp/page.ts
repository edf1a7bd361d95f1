// The pages of the identity provider: choose who you are, and what went wrong. Plain HTML forms without scripts,
// so a scripted client can use them as well as a person.
import { createHash } from 'node:crypto';
import type { DemoPerson } from '../people.ts';

const style = `
:root { color-scheme: light dark; --page: #f3f4f7; --card: #fff; --ink: #16181d; --soft: #596070; --line: #dcdfe6; --accent: #2f5bd8; --tint: #eef2fd; }
@media (prefers-color-scheme: dark) {
  :root { --page: #101216; --card: #191c22; --ink: #eceef2; --soft: #9aa2b1; --line: #2d323c; --accent: #8eabff; --tint: #212a41; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; padding: 1.5rem 1rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(27rem, 100%); padding: clamp(1.25rem, 5vw, 2rem); background: var(--card); border: 1px solid var(--line); border-radius: 1rem; }
.eyebrow { margin: 0; color: var(--soft); font-size: .8125rem; }
h1 { margin: .25rem 0 .5rem; font-size: 1.375rem; line-height: 1.25; letter-spacing: -.01em; }
p { margin: 0 0 1.25rem; color: var(--soft); }
form { display: grid; gap: .625rem; }
button { font: inherit; color: inherit; cursor: pointer; }
button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.person { display: grid; grid-template-columns: 2.5rem 1fr; gap: 0 .875rem; align-items: center; width: 100%; padding: .75rem .875rem;
  text-align: left; background: none; border: 1px solid var(--line); border-radius: .75rem; }
.person:hover { border-color: var(--accent); background: var(--tint); }
.initials { grid-row: span 2; display: grid; place-items: center; width: 2.5rem; height: 2.5rem; border-radius: 50%;
  background: var(--tint); color: var(--accent); font-size: .875rem; font-weight: 600; }
.name { font-weight: 600; overflow-wrap: anywhere; }
.role { color: var(--soft); font-size: .875rem; }
.cancel { justify-self: center; margin-top: .5rem; padding: .5rem 1rem; background: none; border: 0; border-radius: .5rem; color: var(--soft); }
.cancel:hover { color: var(--ink); text-decoration: underline; }
`;

/** No scripts, frames or foreign resources. No form-action: it would also bind the redirects after the form (CSP 3). */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

export function loginPage(people: readonly DemoPerson[]): string {
  const choices = people.map(
    (person) => `<button class="person" name="login" value="${escape(person.email)}">
      <span class="initials" aria-hidden="true">${escape(initials(person.name))}</span>
      <span class="name">${escape(person.name)}</span>
      <span class="role">${escape(person.company)} · ${escape(person.role ?? 'no account')}</span>
    </button>`,
  );
  return page(
    'Who are you today?',
    'These people exist only in the demo, so there is no password. Each one sees something different.',
    `<form method="post">${choices.join('')}<button class="cancel" name="login" value="cancel">Cancel and go back</button></form>`,
  );
}

export function errorPage(message: string): string {
  return page('That did not work', message, '');
}

const initials = (name: string): string =>
  name
    .split(' ')
    .map((word) => word.charAt(0))
    .join('');

function page(title: string, text: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="eyebrow">Demo identity provider</p>
<h1>${escape(title)}</h1>
<p>${escape(text)}</p>
${content}
</main>
</body>
</html>`;
}

function escape(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
