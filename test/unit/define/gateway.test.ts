import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { path } from '../../../src/define/api';
import { defineGateway, type GatewayDefinition } from '../../../src/define/gateway';
import type { PromptDefinition } from '../../../src/define/prompt';
import type { AnyTool } from '../../../src/define/tool';
import { product } from '../../product/definition';

const define = (change: Partial<AnyTool>) =>
  defineGateway({ ...product, tools: [{ ...product.tools[0]!, ...change } as AnyTool] });

describe('defineGateway', () => {
  it.each([
    ['a name that clients refuse', { name: 'Get-Item' }, /tool Get-Item: a name is snake_case/],
    ['the name of the gateway’s own tool', { name: 'request_access' }, /the gateway has one of this name itself/],
    ['an unknown scope', { scopes: ['items:admin'] }, /scope items:admin is not in the catalogue/],
    [
      'a scope named after an inherited property',
      { scopes: ['constructor'] },
      /scope constructor is not in the catalogue/,
    ],
    [
      'contradicting hints',
      { hints: { readOnlyHint: true, destructiveHint: true, idempotentHint: true, openWorldHint: false } },
      /both read-only and destructive/,
    ],
    [
      'an argument as a header, which nothing here would compare',
      { input: z.strictObject({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }) },
      /region: x-mcp-header is not supported/,
    ],
  ] as [string, Partial<AnyTool>, RegExp][])('refuses %s', (_name, change, message) => {
    expect(() => define(change)).toThrow(message);
  });

  const prompt: PromptDefinition = {
    name: 'a_prompt',
    title: 'P',
    description: 'P.',
    scopes: ['items:read'],
    upstream: 'none',
    arguments: [],
    run: async () => [],
  };
  const argument = { name: 'a', description: 'A', required: false };
  const readable = {
    name: 'a-resource',
    title: 'R',
    description: 'R.',
    mimeType: 'text/plain',
    scopes: ['items:read'],
    upstream: 'none',
    read: async () => [],
  } as const;
  const resource = { ...readable, uri: 'shelf://r' };
  const template = { ...readable, uriTemplate: 'shelf://r/{id}' };
  const long = 'x'.repeat(2_049);
  const httpIcon = [{ src: 'http://shelf.example/i.png' }];
  const script = [{ src: 'data:text/html,<script>' }];

  it.each([
    ['long instructions', { instructions: long }, /instructions: 2049 characters; clients cut it after 2048/],
    ['a long tool description', { tools: [{ ...product.tools[0]!, description: long }] }, /clients cut it after 2048/],
    ['a long prompt description', { prompts: [{ ...prompt, description: long }] }, /prompt a_prompt: 2049/],
    ['a long resource description', { resources: [{ ...resource, description: long }] }, /resource a-resource: 2049/],
    ['a prompt’s odd name', { prompts: [{ ...prompt, name: 'A Prompt' }] }, /prompt A Prompt: a name is snake_case/],
    ['two prompts of one name', { prompts: [prompt, prompt] }, /prompt a_prompt is defined twice/],
    ['a prompt’s unknown scope', { prompts: [{ ...prompt, scopes: ['x:y'] }] }, /a_prompt: scope x:y is not/],
    [
      'two arguments of one name',
      { prompts: [{ ...prompt, arguments: [argument, argument] }] },
      /argument of prompt a_prompt: a is defined twice/,
    ],
    ['a resource’s odd name', { resources: [{ ...resource, name: 'a b' }] }, /resource a b: a name has/],
    ['a relative URI', { resources: [{ ...resource, uri: '/r' }] }, /\/r is not an absolute URI/],
    ['a template as a URI', { resources: [{ ...resource, uri: 'shelf://{x}' }] }, /is not an absolute URI/],
    ['two resources of one URI', { resources: [resource, { ...resource, name: 'b' }] }, /shelf:\/\/r is defined twice/],
    ['a resource and a template of one name', { resources: [resource], resourceTemplates: [template] }, /twice/],
    ['a resource’s unknown scope', { resources: [{ ...resource, scopes: ['x:y'] }] }, /a-resource: scope x:y is not/],
    [
      'a template that isn’t',
      { resourceTemplates: [{ ...template, uriTemplate: 'shelf://r/{+id}' }] },
      /a-resource:.*\+id/,
    ],
    ['a completer of nothing', { resourceTemplates: [{ ...template, complete: { x: () => [] } }] }, /completes {x}/],
    ['an icon in the clear', { icons: httpIcon }, /the product: an icon is an https URL/],
    ['a tool’s icon that is a page', { tools: [{ ...product.tools[0]!, icons: script }] }, /an icon is an https URL/],
    ['a product icon that is a picture book', { icons: [{ src: `data:image/png;base64,${long}` }] }, /up to 2048/],
  ] as [string, Partial<GatewayDefinition>, RegExp][])('refuses %s', (_name, change, message) => {
    const bare = { ...product, prompts: [], resources: [], resourceTemplates: [] };
    expect(() => defineGateway({ ...bare, ...change })).toThrow(message);
  });

  it('refuses two tools of one name', () => {
    const [tool] = product.tools;
    expect(() => defineGateway({ ...product, tools: [tool!, tool!] })).toThrow(/is defined twice/);
  });
});

describe('path', () => {
  it('encodes each value as one segment', () => {
    expect(path`/v1/items/${'../users?x=1#y%2F'}/notes/${7}`).toBe('/v1/items/..%2Fusers%3Fx%3D1%23y%252F/notes/7');
  });

  it.each(['', '.', '..'])('refuses the segment %j', (id) => {
    expect(() => path`/v1/items/${id}`).toThrow(RangeError);
  });
});
