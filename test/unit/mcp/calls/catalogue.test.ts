// Lists as clients see them, and what the session is told about a call.
import { describe, expect, test } from 'vitest';
import type { GatewayDefinition } from '../../../../src/define/gateway';
import { createCatalogue } from '../../../../src/mcp/calls/catalogue';
import { describeCall as describeMessage } from '../../../../src/mcp/http/call-description';
import { MAX_CACHED_LISTS } from '../../../../src/mcp/calls/limits';
import { messageOf, type Message } from '../../../../src/mcp/calls/message';
import { product } from '../../../product/definition';
import { NO_POLICY, type Access } from '../../../../src/policy/access';
import { config } from '../requests';

/** A caller whose role allows no more than this. */
const having = (scopes: readonly string[]): Access => ({
  scopes,
  attainable: scopes,
  roleKnown: true,
  policy: NO_POLICY,
});
const names = (tools: readonly { name: string }[]): string[] => tools.map(({ name }) => name);

describe('the catalogue', () => {
  test('lists by what scopes cover, in the definition’s order, whatever theirs is', () => {
    const catalogue = createCatalogue(product);
    expect(names(catalogue.visible(having([])).tools)).toEqual([]);
    expect(names(catalogue.visible(having(['*'])).tools)).toEqual(names(product.tools));
    expect(names(catalogue.visible(having(['items:*'])).tools)).toEqual([
      'create_item',
      'get_item',
      'get_picture',
      'search_items',
      'update_item',
    ]);
    const mixed = ['notes:read', 'items:read'];
    expect(catalogue.visible(having(mixed)).tools).toBe(catalogue.visible(having(mixed.toReversed())).tools);
  });

  test('converts each schema once', () => {
    const catalogue = createCatalogue(product);
    const [first] = catalogue.visible(having(['items:read'])).tools;
    expect(catalogue.visible(having(['items:read', 'notes:read'])).tools[0]).toBe(first);
  });

  test('shows what a session has of tools in instructions and descriptions, and what its role adds', () => {
    const catalogue = createCatalogue(product);
    const of = (scopes: string[], attainable: string[], roleKnown = true) =>
      catalogue.visible({ scopes, attainable, roleKnown, policy: NO_POLICY });
    const every = Object.keys(product.scopes);
    const toolNames = new Set(product.tools.map(({ name }) => name));
    for (const scopes of [['profile:read'], ...every.map((name) => ['profile:read', name]), every])
      for (const attainable of [scopes, every]) {
        const { tools, instructions } = of(scopes, attainable);
        const listed = new Set(names(tools));
        expect(listed.has('request_access')).toBe(attainable.length > scopes.length);
        for (const text of [instructions, ...tools.map(({ description = '' }) => description)])
          for (const [word] of text.matchAll(/[a-z_]+/g))
            if (toolNames.has(word) || word === 'request_access') expect(listed, text).toContain(word);
        for (const tool of tools) expect(tool.description?.length, tool.name).toBeGreaterThan(20);
      }
    const whole = of(every, every);
    expect(whole.instructions).toBe(
      product.instructions
        .split('\n')
        .filter((line) => !line.includes('request_access'))
        .join('\n'),
    );
    expect(of(['profile:read'], ['profile:read']).instructions).not.toContain('search_*');
    // What is listed of a tool depends on neither: one object, converted once.
    expect(whole.tools.find(({ name }) => name === 'whoami')).toBe(of(['profile:read'], every).tools[0]);
  });

  test('makes the list of one scope set and role once, and another for another role', () => {
    const catalogue = createCatalogue(product);
    const viewer = having(['items:read']);
    const wider = { ...viewer, attainable: ['items:read', 'items:write'] };
    expect(catalogue.visible(wider)).toBe(catalogue.visible({ ...wider, attainable: wider.attainable.toReversed() }));
    expect(names(catalogue.visible(viewer).tools)).not.toContain('request_access');
    expect(names(catalogue.visible(wider).tools)).toContain('request_access');
    expect(names(catalogue.visible({ ...wider, roleKnown: false }).tools)).not.toContain('request_access');
  });

  test('has a fingerprint that changes with what is listed, or to whom, and with nothing else', () => {
    const fingerprint = (change: Partial<GatewayDefinition>) => createCatalogue({ ...product, ...change }).fingerprint;
    const [first, ...others] = product.tools;
    const [prompt, ...otherPrompts] = product.prompts ?? [];
    const same = fingerprint({});
    expect(fingerprint({ instructions: 'Others.', version: '9', tools: [...product.tools] })).toBe(same);
    const changes: Partial<GatewayDefinition>[] = [
      { tools: others },
      { tools: [{ ...first!, description: 'Another.' }, ...others] },
      { tools: [{ ...first!, scopes: ['items:write'] }, ...others] },
      { prompts: [{ ...prompt!, arguments: [] }, ...otherPrompts] },
      { resourceTemplates: [] },
      { access: { list: 'role' } },
      { scopes: { ...product.scopes, 'items:write': { description: 'do other things' } } },
    ];
    const changed = changes.map(fingerprint);
    expect(new Set([same, ...changed]).size).toBe(changes.length + 1);
  });

  test('keeps a bounded number of lists, and stays right beyond it', () => {
    const catalogue = createCatalogue(product);
    for (let index = 0; index < 3 * MAX_CACHED_LISTS; index += 1)
      expect(names(catalogue.visible(having(['profile:read', `made:up${index}`])).tools)).toEqual(['whoami']);
  });

  test.each(['__proto__', 'constructor', 'toString', ''])('finds no tool named %j', (name) => {
    expect(createCatalogue(product).tool(name)).toBeUndefined();
  });
});

describe('what the session is told about a call', () => {
  const catalogue = createCatalogue(product);
  const describeCall = (params: unknown, method = 'tools/call') =>
    describeMessage(messageOf({ jsonrpc: '2.0', id: 1, method, params }), config, product, catalogue);

  test('tool, scopes and upstream, from the definition and not from the client', async () => {
    const call = await describeCall({ name: 'create_item', scopes: [], upstream: null, arguments: {} });
    expect(call).toMatchObject({ tool: 'create_item', scopes: ['items:write'], upstream: 'shelf' });
    expect(await describeCall({ name: 'whoami' })).toMatchObject({ scopes: ['profile:read'], upstream: null });
  });

  test('its arguments as a digest: the same for the same, in any order, and none of them readable', async () => {
    const one = await describeCall({ name: 'create_item', arguments: { a: 'secret-value', b: { c: 1, d: 2 } } });
    const two = await describeCall({ name: 'create_item', arguments: { b: { d: 2, c: 1 }, a: 'secret-value' } });
    const three = await describeCall({ name: 'create_item', arguments: { a: 'secret-value', b: { c: 1, d: 3 } } });
    expect(one?.argumentsDigest).toBe(two?.argumentsDigest);
    expect(one?.argumentsDigest).not.toBe(three?.argumentsDigest);
    expect(JSON.stringify(one)).not.toContain('secret');
    // Not even one that an auditor without the key could guess.
    expect(
      (
        await describeMessage(
          messageOf({ method: 'tools/call', params: { name: 'create_item' } }),
          { ...config, sessionKey: new Uint8Array(32) },
          product,
          catalogue,
        )
      )?.argumentsDigest,
    ).not.toBe((await describeCall({ name: 'create_item' }))?.argumentsDigest);
  });

  test('an unknown tool by its name, cut short, needing nothing', async () => {
    const call = await describeCall({ name: 'x'.repeat(5_000) });
    expect(call).toMatchObject({ tool: 'x'.repeat(64), scopes: [], upstream: null });
  });

  test('nothing, where nothing is called', async () => {
    expect(await describeCall({ name: 'whoami' }, 'tools/list')).toBeUndefined();
    for (const params of [undefined, null, 7, 'whoami', [], {}, { name: 7 }])
      expect(await describeCall(params)).toBeUndefined();
    const messages: Message[] = [
      { kind: 'none' },
      { kind: 'refused', why: 'malformed' },
      { kind: 'refused', why: 'too_large' },
      messageOf(null),
      messageOf([{ method: 'tools/call', params: { name: 'whoami' } }]),
    ];
    for (const message of messages) expect(await describeMessage(message, config, product, catalogue)).toBeUndefined();
  });
});
