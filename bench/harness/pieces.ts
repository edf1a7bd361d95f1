// What makes a call fast, piece by piece, and how each is taken out again: so that what it gains can be measured.
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRepository } from '../../demo/paths.ts';

export interface Piece {
  readonly name: string;
  /** Each stands in its file exactly once. */
  readonly out: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

export const pieces: readonly Piece[] = [
  {
    name: 'the fast path for requests of a known shape',
    out: [
      { file: 'src/mcp/fast-path/shape-cache.ts', from: 'return this.#shapes.get(shape);', to: 'return void shape;' },
    ],
  },
  {
    name: 'the early read, beside the session',
    out: [
      {
        file: 'src/mcp/fast-path/fast-path.ts',
        from: 'beginEarly: reads ? begin : undefined,',
        to: 'beginEarly: undefined,',
      },
    ],
  },
  {
    name: 'outcomes that travel with the next call',
    out: [
      {
        file: 'src/session/client/pending-outcomes.ts',
        from: 'const joined = this.#batches.get(sessionId);',
        to: 'if (send) return send([ended]);\n    const joined = this.#batches.get(sessionId);',
      },
    ],
  },
  {
    name: "the object's memory of what it stores",
    out: [
      {
        file: 'src/session/kv-entry.ts',
        from: 'this.#known ??= { value: this.#kv.get<Value>(this.#key) };',
        to: 'this.#known = { value: this.#kv.get<Value>(this.#key) };',
      },
      {
        file: 'src/oauth/store/grant-store.ts',
        from: 'this.#grantEnds ??=',
        to: 'this.#grantEnds =',
      },
    ],
  },
  {
    name: "the object's answer as one text",
    out: [
      {
        file: 'src/session/object.ts',
        from: 'return JSON.stringify(await this.#authorize(input));',
        to: 'return (await this.#authorize(input)) as unknown as string;',
      },
      {
        file: 'src/session/stub.ts',
        from: 'JSON.parse(await onceMore(() => object().authorize(input))) as AuthorizeResult,',
        to: '(await onceMore(() => object().authorize(input))) as unknown as AuthorizeResult,',
      },
    ],
  },
  {
    name: 'bodies that are read without their streams',
    out: [
      {
        file: 'src/mcp/http/body.ts',
        from: "const declared = request.headers.get('Content-Length');",
        to: 'const declared = null as string | null;',
      },
    ],
  },
  {
    name: 'functions that are not named anew',
    out: [{ file: 'wrangler.toml', from: 'keep_names = false', to: 'keep_names = true' }],
  },
];

/** A tree to build the gateway from, without a piece. @throws Error when the piece is no longer where it was */
export function treeWithout({ name, out }: Piece, tree: string): void {
  for (const part of ['src', 'wrangler.toml', 'package.json', 'tsconfig.json'])
    cpSync(inRepository(part), join(tree, part), { recursive: true });
  symlinkSync(inRepository('node_modules'), join(tree, 'node_modules'));
  for (const { file, from, to } of out) {
    const text = readFileSync(join(tree, file), 'utf8');
    if (text.split(from).length !== 2) throw new Error(`${name}: "${from}" isn't in ${file} once`);
    writeFileSync(
      join(tree, file),
      text.replace(from, () => to),
    );
  }
}
