// Text for a model that speaks of tools, cut to the tools that a session has: a model that reads of a tool that isn't
// listed looks for it in vain, or tells its user that something is broken. A line that names one is left out whole.

/** A tool's name, or the beginning of several: `search_*`. */
const WORDS = /[a-z][a-z0-9_]*\*?/g;

interface Line {
  readonly text: string;
  /** Names of tools in it, and beginnings of names with their `*`. */
  readonly names: readonly string[];
}

export type Passages = readonly Line[];

/** @param tools the names of all tools that there are */
export function passagesOf(text: string, tools: ReadonlySet<string>): Passages {
  return text.split('\n').map((line) => ({
    text: line,
    names: [...line.matchAll(WORDS)].map(([word]) => word).filter((word) => tools.has(word) || word.endsWith('_*')),
  }));
}

export function passagesFor(passages: Passages, listed: ReadonlySet<string>): string {
  return passages
    .filter(({ names }) => names.every((name) => isListed(name, listed)))
    .map(({ text }) => text)
    .join('\n');
}

function isListed(name: string, listed: ReadonlySet<string>): boolean {
  if (!name.endsWith('*')) return listed.has(name);
  const beginning = name.slice(0, -1);
  return [...listed].some((one) => one.startsWith(beginning));
}
