// The styles of the consent page and the account page, a part of the one stylesheet (styles.ts).
export const consentStyles = `
.frame.wide:has(.consent) { max-width: 33rem; margin-block: auto; }
.asker { color: var(--accent); }
.claim { font-size: 1.0625rem; }
.route .small { margin-top: 0.125rem; }
.facts > * + *, .choice-of-access > * + * { margin-top: 1.25rem; }
.consent form > .facts { margin-top: 0; }

.fold { border: 1px solid var(--line); border-radius: 12px; }
.fold.changes { border-color: var(--caution-line); }
.fold summary { position: relative; display: block; padding: 0.6875rem 2.5rem 0.6875rem 0.875rem; border-radius: 11px; cursor: pointer; list-style: none; }
.fold summary::-webkit-details-marker { display: none; }
.fold summary::after { content: ""; position: absolute; right: 1.125rem; top: 1.125rem; width: 0.5rem; height: 0.5rem; border: solid var(--muted); border-width: 0 2px 2px 0; transform: rotate(45deg); }
.fold[open] summary::after { transform: translateY(0.25rem) rotate(-135deg); }
.fold summary:hover { background: var(--sunken); }
.fold summary:focus-visible { border-radius: 11px; }
.fold-name { font-weight: 650; }
.fold-name .aside { font-weight: 400; }
.fold-count { display: block; font-size: 0.875rem; color: var(--muted); }
.fold .small { padding-inline: 0.875rem; }
.fold .scopes { border-width: 1px 0 0; border-radius: 0 0 11px 11px; }
.scopes .read { padding: 0.6875rem 0.875rem; font-size: 0.9375rem; }
.scopes .read .words { display: flex; }

html:has(.decision) { scroll-padding-bottom: 9rem; }
.card form:has(.decision) { margin: 0 -1.25rem -1.5rem; padding: 0 1.25rem 1.5rem; }
.decision { position: sticky; bottom: 0; z-index: 1; margin: 1.25rem -1.25rem -1.5rem; padding: 0.75rem 1.25rem max(0.875rem, env(safe-area-inset-bottom)); border-top: 1px solid var(--line); border-radius: 0 0 15px 15px; background: var(--surface); }
.decision .small + .actions { margin-top: 0.5rem; }
.decision .actions, .choices + .actions { flex-wrap: wrap; }
.choices + .actions .button { flex: 1 1 12rem; }
.decision .button { flex: 1 1 7rem; }
.decision .button[value="switch"] { flex: 1 1 12rem; }
@media (max-width: 35.99rem) { .decision .button[value="switch"] { order: -1; flex-basis: 100%; } }
@media (min-width: 36rem) { .card form:has(.decision) { margin: 0 -2rem -2rem; padding: 0 2rem 2rem; } .decision { margin: 1.5rem -2rem -2rem; padding: 0.875rem 2rem 1rem; } }
@media (min-width: 60rem) {
  .frame.wide:has(.consent) { max-width: 62rem; padding-block: 1.25rem; }
  .consent form { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); column-gap: 2.5rem; }
  .consent form > .choice-of-access { margin-top: 0; }
  .decision { grid-column: 1 / -1; }
  .consent .decision { display: flex; align-items: center; gap: 1.5rem; }
  .consent .decision .small + .actions { margin: 0; margin-inline-start: auto; flex: 0 1 28rem; }
  .consent .decision .actions:has([value="switch"]) { flex-basis: 36rem; flex-wrap: nowrap; }
}
`;
