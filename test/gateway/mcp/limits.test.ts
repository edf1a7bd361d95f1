// No result is longer than its client takes: the words are cut first, the data never.
import { beforeEach, describe, expect, test } from 'vitest';
import type { ToolOutput } from '../../../src/define/tool';
import { hints, serve, tool } from '../../support/definition';
import { catchLogs } from '../../support/logs';
import { callTool, legacyMcp, mcp } from '../../support/mcp-client';
import { recordedEvent } from '../../support/records';
import { World } from '../../support/world';

let world: World;
let token: string;
let sessionId: string;
beforeEach(async () => {
  catchLogs();
  world = await World.begin();
  const signedIn = await world.signIn('ada@acme.example', { scope: 'items:read' });
  ({ sessionId } = signedIn);
  token = signedIn.tokens.access_token;
});

function serveResult(output: ToolOutput<Record<string, unknown>>, vars: Record<string, string> = {}): void {
  serve({ tools: [tool({ name: 'long', run: async () => output })] }, vars);
}

/** A call of a client that calls itself so. */
const callAs = (name: string) =>
  mcp(token, 'tools/call', {
    name: 'long',
    arguments: {},
    _meta: { 'io.modelcontextprotocol/clientInfo': { name, version: '1' } },
  });

const lengthOf = ({ structuredContent, content }: { structuredContent: unknown; content: { text: string }[] }) =>
  JSON.stringify(structuredContent).length + content.reduce((sum, { text }) => sum + text.length, 0);

describe('the Markdown', () => {
  test.each([
    ['claude-code', 75_000],
    ['Claude Code (VS Code)', 75_000],
    ['claude-ai', 150_000],
    ['Anthropic/ClaudeAI', 150_000],
    ['openai-mcp', 100_000],
    ['ChatGPT', 100_000],
    ['cursor-vscode', 100_000],
    ['Visual Studio Code', 100_000],
    ['some-agent', 75_000],
    ['not-claude-code', 75_000],
  ])('is cut for %s, and the data stays whole', async (name, limit) => {
    const structured = { items: ['x'.repeat(10_000)] };
    serveResult({ structured, markdown: 'm'.repeat(200_000) });
    const { result } = (await callAs(name)).body;
    expect(result.isError).toBeUndefined();
    expect(result.structuredContent).toEqual(structured);
    expect(lengthOf(result)).toBeLessThanOrEqual(limit);
    expect(lengthOf(result)).toBeGreaterThan(limit - 100);
    expect(result.content[0].text).toMatch(/… \(truncated, \d+ more characters\)$/);
  });

  test('is cut on the 2025 wire as for the smallest, where the client doesn’t say who it is', async () => {
    serveResult({ structured: {}, markdown: 'm'.repeat(200_000) });
    const { result } = (await legacyMcp(token, 'tools/call', { name: 'long', arguments: {} })).body;
    expect(lengthOf(result)).toBeLessThanOrEqual(75_000);
  });

  test('is cut where the operator says', async () => {
    serveResult({ structured: {}, markdown: 'm'.repeat(200_000) }, { RESULT_LIMITS: '{"default": 2000}' });
    expect(lengthOf((await callAs('some-agent')).body.result)).toBeLessThanOrEqual(2_000);
    expect(lengthOf((await callAs('claude-ai')).body.result)).toBeGreaterThan(140_000);
  });

  test('that fits is left alone', async () => {
    const markdown = 'm'.repeat(74_998);
    serveResult({ structured: {}, markdown });
    expect((await callTool(token, 'long')).body.result).toMatchObject({ content: [{ type: 'text', text: markdown }] });
  });
});

describe('data that is too long', () => {
  const structured = { items: Array.from({ length: 10_000 }, (_, index) => `item ${index}`) };

  test('is refused whole, with its length and what to do', async () => {
    serveResult({ structured, markdown: 'a summary' });
    const { result } = (await callTool(token, 'long')).body;
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toBeUndefined();
    expect(result.content[0].text).toBe(
      `The result has ${JSON.stringify(structured).length} characters, and this client takes at most 75000. Narrow it: use the filters, a smaller limit, or ask for one record.`,
    );
    await recordedEvent(sessionId, { action: 'tool_call', outcome: 'error', reason: 'result_too_long' });
  });

  test('of a call that changed something says that it did', async () => {
    const run = async () => ({ structured, markdown: '' });
    serve({ tools: [tool({ name: 'long', hints: { ...hints, readOnlyHint: false }, run })] });
    const { result } = (await callTool(token, 'long')).body;
    expect(result.content[0].text).toContain('The call itself succeeded: do not repeat it.');
  });

  test('counts what a model reads of other content, and no picture', async () => {
    const text = 'x'.repeat(80_000);
    serveResult({ structured: {}, markdown: '', content: [{ type: 'text', text }] });
    expect((await callTool(token, 'long')).body.result.isError).toBe(true);
    serveResult({
      structured: {},
      markdown: '',
      content: [{ type: 'resource', resource: { uri: 'shelf://a', text } }],
    });
    expect((await callTool(token, 'long')).body.result.isError).toBe(true);
    serveResult({ structured: {}, markdown: '', content: [{ type: 'image', data: text, mimeType: 'image/png' }] });
    const { result } = (await callTool(token, 'long')).body;
    expect(result.content).toEqual([{ type: 'image', data: text, mimeType: 'image/png' }]);
  });
});

test('content of every kind comes after the words', async () => {
  const content = [
    { type: 'image', data: 'aGk=', mimeType: 'image/png' },
    { type: 'audio', data: 'aGk=', mimeType: 'audio/wav' },
    { type: 'resource', resource: { uri: 'shelf://items/1', mimeType: 'text/plain', text: 'a item' } },
    { type: 'resource_link', uri: 'shelf://items/2', name: 'item_2' },
  ] as const;
  serveResult({ structured: { a: 1 }, markdown: 'words', content });
  for (const send of [mcp, legacyMcp]) {
    const { result } = (await send(token, 'tools/call', { name: 'long', arguments: {} })).body;
    expect(result.content).toMatchObject([{ type: 'text', text: 'words' }, ...content]);
  }
});
