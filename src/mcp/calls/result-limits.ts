// No answer longer than the client takes. Clients cut, drop or file away what is too long, often in the middle of JSON;
// so the Markdown is cut first, which repeats the data, and never the data itself: half of it would look like all of it.
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { ContentBlock, ResourceBody } from '../../define/content';
import { clip, harmlessData } from '../../define/text';
import type { ToolOutput } from '../../define/tool';

/** Shorter, a cut table says nothing; then the whole result has to be narrowed. */
const LEAST_MARKDOWN = 200;

export interface TooLong {
  readonly characters: number;
}

/** @returns the result, or how long what can't be cut is */
export function boundedResult(output: ToolOutput<Record<string, unknown>>, limit: number): CallToolResult | TooLong {
  const { markdown } = output;
  const content = harmlessData(output.content ?? []);
  const structured = harmlessData(output.structured);
  const fixed = JSON.stringify(structured).length + charactersIn(content);
  const least = Math.min(markdown.length, LEAST_MARKDOWN);
  if (fixed + least > limit) return { characters: fixed };
  const text = clip(markdown, limit - fixed);
  return {
    structuredContent: structured,
    content: [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...(content as CallToolResult['content'])],
  };
}

/** What a model reads of content. Pictures and sound are counted by clients in ways of their own. */
export function charactersIn(content: readonly ContentBlock[]): number {
  return content.reduce((sum, block) => sum + charactersOf(block), 0);
}

export function charactersInBodies(bodies: readonly ResourceBody[]): number {
  return bodies.reduce((sum, body) => sum + ('text' in body ? body.text.length : 0), 0);
}

function charactersOf(block: ContentBlock): number {
  switch (block.type) {
    case 'text':
      return block.text.length;
    case 'resource':
      return charactersInBodies([block.resource]);
    case 'resource_link':
      return JSON.stringify(block).length;
    case 'image':
    case 'audio':
      return 0;
  }
}

export function tooLongMessage(what: string, { characters }: TooLong, limit: number): string {
  return `${what} has ${characters} characters, and this client takes at most ${limit}. Narrow it: use the filters, a smaller limit, or ask for one record.`;
}
