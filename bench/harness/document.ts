// Puts what a run has printed into a document, between two marks, so that nothing stands there that no run has printed.
import { readFileSync, writeFileSync } from 'node:fs';
import { inRepository } from '../../demo/paths.ts';

export const DOCUMENT = 'docs/performance.md';

/** @throws Error when the document has no such place */
export function fillIn(place: 'bench' | 'bench:pieces' | 'cost', text: string): void {
  const file = inRepository(DOCUMENT);
  const [begin, end] = [`<!-- npm run ${place} -->`, `<!-- end of npm run ${place} -->`];
  const document = readFileSync(file, 'utf8');
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no place for what npm run ${place} prints`);
  writeFileSync(file, `${document.slice(0, from)}${begin}\n\n${text.trim()}\n\n${document.slice(to)}`);
}
