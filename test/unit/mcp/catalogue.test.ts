// Lists as clients see them, and what the session is told about a call.
import { describe, expect, test } from 'vitest';
import type { GatewayDefinition } from '../../../src/define/gateway';
import { createCatalogue } from '../../../src/mcp/catalogue';
import { describeCall as describeBody } from '../../../src/mcp/describe';
import { MAX_CACHED_LISTS } from '../../../src/mcp/limits';
import type { RequestBody } from '../../../src/mcp/request';
import { nexus } from '../../../src/nexus/definition';
import { config } from './requests';

const names = (tools: readonly { name: string }[]): string[] => tools.map(({ name }) => name);

describe('the catalogue', () => {
  test('lists by what scopes cover, in the definition’s order, whatever theirs is', () => {
    const catalogue = createCatalogue(nexus);
    expect(names(catalogue.visible([]).tools)).toEqual([]);
    expect(names(catalogue.visible(['*']).tools)).toEqual(names(nexus.tools));
    expect(names(catalogue.visible(['leads:*']).tools)).toEqual([
      'create_lead',
      'get_lead',
      'search_leads',
      'update_lead_stage',
    ]);
    const mixed = ['tickets:read', 'leads:read'];
    expect(catalogue.visible(mixed).tools).toBe(catalogue.visible(mixed.toReversed()).tools);
  });

  test('converts each schema once', () => {
    const catalogue = createCatalogue(nexus);
    const [first] = catalogue.visible(['leads:read']).tools;
    expect(catalogue.visible(['leads:read', 'tickets:read']).tools[0]).toBe(first);
  });

  test('has a fingerprint that changes with what is listed, or to whom, and with nothing else', () => {
    const fingerprint = (change: Partial<GatewayDefinition>) => createCatalogue({ ...nexus, ...change }).fingerprint;
    const [first, ...others] = nexus.tools;
    const [prompt, ...otherPrompts] = nexus.prompts ?? [];
    const same = fingerprint({});
    expect(fingerprint({ instructions: 'Others.', version: '9', tools: [...nexus.tools] })).toBe(same);
    const changes: Partial<GatewayDefinition>[] = [
      { tools: others },
      { tools: [{ ...first!, description: 'Another.' }, ...others] },
      { tools: [{ ...first!, scopes: ['leads:write'] }, ...others] },
      { prompts: [{ ...prompt!, arguments: [] }, ...otherPrompts] },
      { resourceTemplates: [] },
    ];
    const changed = changes.map(fingerprint);
    expect(new Set([same, ...changed]).size).toBe(changes.length + 1);
  });

  test('keeps a bounded number of lists, and stays right beyond it', () => {
    const catalogue = createCatalogue(nexus);
    for (let index = 0; index < 3 * MAX_CACHED_LISTS; index += 1)
      expect(names(catalogue.visible(['profile:read', `made:up${index}`]).tools)).toEqual(['whoami']);
  });

  test.each(['__proto__', 'constructor', 'toString', ''])('finds no tool named %j', (name) => {
    expect(createCatalogue(nexus).tool(name)).toBeUndefined();
  });
});

describe('what the session is told about a call', () => {
  const catalogue = createCatalogue(nexus);
  const describeCall = (params: unknown, method = 'tools/call') =>
    describeBody({ kind: 'json', value: { jsonrpc: '2.0', id: 1, method, params } }, config, nexus, catalogue);

  test('tool, scopes and upstream, from the definition and not from the client', async () => {
    const call = await describeCall({ name: 'create_lead', scopes: [], upstream: null, arguments: {} });
    expect(call).toMatchObject({ tool: 'create_lead', scopes: ['leads:write'], upstream: 'nexus' });
    expect(await describeCall({ name: 'whoami' })).toMatchObject({ scopes: ['profile:read'], upstream: null });
  });

  test('its arguments as a digest: the same for the same, in any order, and none of them readable', async () => {
    const one = await describeCall({ name: 'create_lead', arguments: { a: 'secret-value', b: { c: 1, d: 2 } } });
    const two = await describeCall({ name: 'create_lead', arguments: { b: { d: 2, c: 1 }, a: 'secret-value' } });
    const three = await describeCall({ name: 'create_lead', arguments: { a: 'secret-value', b: { c: 1, d: 3 } } });
    expect(one?.argumentsDigest).toBe(two?.argumentsDigest);
    expect(one?.argumentsDigest).not.toBe(three?.argumentsDigest);
    expect(JSON.stringify(one)).not.toContain('secret');
    // Not even one that an auditor without the key could guess.
    expect(
      (
        await describeBody(
          { kind: 'json', value: { method: 'tools/call', params: { name: 'create_lead' } } },
          { ...config, sessionKey: new Uint8Array(32) },
          nexus,
          catalogue,
        )
      )?.argumentsDigest,
    ).not.toBe((await describeCall({ name: 'create_lead' }))?.argumentsDigest);
  });

  test('an unknown tool by its name, cut short, needing nothing', async () => {
    const call = await describeCall({ name: 'x'.repeat(5_000) });
    expect(call).toMatchObject({ tool: 'x'.repeat(64), scopes: [], upstream: null });
  });

  test('nothing, where nothing is called', async () => {
    expect(await describeCall({ name: 'whoami' }, 'tools/list')).toBeUndefined();
    for (const params of [undefined, null, 7, 'whoami', [], {}, { name: 7 }])
      expect(await describeCall(params)).toBeUndefined();
    const bodies: RequestBody[] = [
      { kind: 'none' },
      { kind: 'malformed' },
      { kind: 'too_large' },
      { kind: 'json', value: null },
      { kind: 'json', value: [{ method: 'tools/call', params: { name: 'whoami' } }] },
    ];
    for (const body of bodies) expect(await describeBody(body, config, nexus, catalogue)).toBeUndefined();
  });
});
