// What a definition of several upstreams may say, and what it may not: everything is found when the Worker starts.
import { describe, expect, test } from 'vitest';
import { env } from 'cloudflare:workers';
import * as z from 'zod';
import { parseConfig } from '../../../src/config';
import { path } from '../../../src/define/api';
import { defineGateway } from '../../../src/define/gateway';
import { defineTool } from '../../../src/define/tool';
import { defineUpstream, upstreamOf, upstreamsOf, type UpstreamDefinition } from '../../../src/define/upstream';
import { createGateway } from '../../../src/gateway';
import { product } from '../../product/definition';
import { hints, tool } from '../../support/definition';
import { testVars } from '../../support/vars';

const billing = defineUpstream({
  name: 'billing',
  title: 'Billing',
  baseUrl: 'https://billing.example',
  credential: {
    strategy: 'custom',
    owner: 'tenant',
    secrets: { key: 'BILLING_KEY' },
    obtain: async () => ({ kind: 'unavailable', reason: 'test' }),
  },
});
const withUpstreams = (...upstreams: UpstreamDefinition[]) => defineGateway({ ...product, upstreams });

describe('an entry', () => {
  const definition = withUpstreams(billing);

  test('has the first upstream, the one it names, or none', () => {
    expect(upstreamsOf(definition)).toEqual([product.upstream, billing]);
    expect(upstreamOf(definition, 'default')).toBe(product.upstream);
    expect(upstreamOf(definition, billing)).toBe(billing);
    expect(upstreamOf(definition, 'none')).toBeUndefined();
  });

  test('may name no upstream that is not in the definition', () => {
    const tools = [tool({ name: 'pays', upstream: billing })];
    expect(() => defineGateway({ ...product, tools })).toThrow(
      'pays: upstream billing is not one of the definition’s'.replace('’', "'"),
    );
    expect(() => defineGateway({ ...product, tools, upstreams: [billing] })).not.toThrow();
  });

  test('without an upstream has no client, by type', () => {
    const probe = { title: 'Probe', description: 'Probe.', scopes: ['items:read'], hints } as const;
    const schemas = { input: z.strictObject({}), output: z.looseObject({}) };
    const none = defineTool({
      ...probe,
      ...schemas,
      name: 'none',
      upstream: 'none',
      run: async (_input, context) => {
        // @ts-expect-error -- a tool without an upstream has no client
        await context.api.get(path`/v1/items`, z.unknown());
        return { structured: {}, markdown: '' };
      },
    });
    const some = defineTool({
      ...probe,
      ...schemas,
      name: 'some',
      upstream: billing,
      run: async (_input, { api }) => {
        await api.get(path`/invoices`, z.unknown());
        return { structured: {}, markdown: '' };
      },
    });
    expect(defineGateway({ ...product, tools: [none, some], upstreams: [billing] }).tools).toHaveLength(2);
  });
});

describe('refused at start', () => {
  test.each<[string, Partial<UpstreamDefinition>, string]>([
    ['a name that is taken', { name: 'shelf' }, 'upstream shelf is defined twice'],
    ['a name that is none', { name: 'Billing API' }, 'upstream Billing API: a name is snake_case'],
    [
      'a header of the gateway’s',
      { headers: { Authorization: 'Basic x' } },
      'upstream billing: the header Authorization',
    ],
  ])('%s', (_name, change, message) => {
    expect(() => withUpstreams({ ...billing, ...change })).toThrow(message);
  });

  test('a strategy that does not exist', () => {
    const credential = { ...billing.credential, strategy: 'telepathy' } as unknown as UpstreamDefinition['credential'];
    const definition = withUpstreams({ ...billing, credential });
    expect(() => createGateway(definition)).toThrow(
      'upstream billing: no credential strategy telepathy; there are verify, custom',
    );
  });
});

describe('the configuration', () => {
  const parse = (vars: Record<string, string>, upstream: UpstreamDefinition = billing) =>
    parseConfig({ ...env, ...vars }, product.upstream, upstream);
  const key = { BILLING_KEY: 'billing-key-for-tests-only' };

  test('has the address and the secrets of each', () => {
    const config = parse(key);
    expect(config.upstream('shelf')).toMatchObject({ baseUrl: 'https://api.example' });
    expect(config.upstream('billing')).toEqual({
      baseUrl: 'https://billing.example',
      secrets: { key: key.BILLING_KEY },
    });
    expect(() => config.upstream('other')).toThrow('the definition has no upstream other');
  });

  test('names the variable that is missing or wrong', () => {
    expect(() => parse({})).toThrow(/BILLING_KEY: is missing/);
    expect(() => parse({ BILLING_KEY: 'short' })).toThrow(/BILLING_KEY: must have at least 16 characters/);
    expect(() => parse({ BILLING_KEY: testVars.PRODUCT_ADMIN_TOKEN })).toThrow(/same secret as another/);
    const elsewhere = { ...billing, baseUrl: { variable: 'BILLING_URL' } };
    expect(() => parse(key, elsewhere)).toThrow(/BILLING_URL: is missing/);
    expect(() => parse({ ...key, BILLING_URL: 'http://billing.example' }, elsewhere)).toThrow(
      /BILLING_URL: must be https/,
    );
    expect(() => parse(key, { ...billing, baseUrl: 'ftp://billing.example' })).toThrow(/baseUrl of upstream billing/);
  });
});
