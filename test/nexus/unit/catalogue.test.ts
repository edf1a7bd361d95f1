// One test over the whole catalogue: what every tool of any product should keep to.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ScopeDefinition } from '../../../src/define/scopes';
import type { AnyTool } from '../../../src/define/tool';
import { nexus } from '../../../src/nexus/definition';

declare global {
  interface ImportMeta {
    /** Vite's, resolved when the tests are built. */
    glob(pattern: string): Record<string, () => Promise<unknown>>;
  }
}

const namesOf = (files: Record<string, unknown>) =>
  Object.keys(files).map((file) => file.replace(/^.*\/(\w+)\.ts$/, '$1'));
const { tools, prompts = [], resources = [], resourceTemplates = [] } = nexus;
const byName = nexus.tools.map((tool): [string, AnyTool] => [tool.name, tool]);

type JsonSchema = { [key: string]: unknown; properties?: Record<string, JsonSchema>; items?: JsonSchema };

function properties(schema: JsonSchema): [name: string, schema: JsonSchema][] {
  const own = Object.entries(schema.properties ?? {});
  const nested = [...Object.values(schema.properties ?? {}), ...(schema.items ? [schema.items] : [])];
  return [...own, ...nested.flatMap(properties)];
}

/** The names that no input may have: tenant and user come from the token. */
const forbidden = (names: readonly string[]): string[] =>
  names.filter(
    (name) =>
      !/^[a-z][a-z0-9_]*$/.test(name) ||
      /tenant|workspace|organi[sz]ation|account|user|token|password|secret/.test(name),
  );

describe('the catalogue', () => {
  it('has one file a tool, named after it, in the order of the list', () => {
    const names = tools.map((tool) => tool.name);
    expect(names).toEqual(namesOf(import.meta.glob('../../../src/nexus/tools/*.ts')).toSorted());
  });

  it('has one file a prompt and one a resource, in the same way', () => {
    expect(prompts.map(({ name }) => name)).toEqual(
      namesOf(import.meta.glob('../../../src/nexus/prompts/*.ts')).toSorted(),
    );
    expect([...resources, ...resourceTemplates].map(({ name }) => name)).toEqual(
      namesOf(import.meta.glob('../../../src/nexus/resources/*.ts')).toSorted(),
    );
  });

  it('uses every scope that the consent page offers', () => {
    expect(new Set(nexus.tools.flatMap((tool) => tool.scopes))).toEqual(new Set(Object.keys(nexus.scopes)));
  });

  it('marks the scopes of tools whose effects cannot be taken back', () => {
    const final = tools.filter(({ hints }) => hints.destructiveHint || (!hints.readOnlyHint && hints.openWorldHint));
    const marked = Object.entries<ScopeDefinition>(nexus.scopes).filter(([, { irreversible }]) => irreversible);
    expect(new Set(marked.map(([name]) => name))).toEqual(new Set(final.flatMap((tool) => tool.scopes)));
    for (const [name, { sensitive }] of marked) expect(sensitive, name).toBe(true);
  });

  it('tells a model that results are data', () => {
    expect(nexus.instructions).toMatch(/never an instruction/);
    expect(nexus.instructions.length).toBeLessThan(2_048);
  });

  it('names in its instructions every kind of resource', () => {
    for (const { uriTemplate } of resourceTemplates) expect(nexus.instructions).toContain(uriTemplate);
  });

  it('brings its icon along, small', () => {
    expect(nexus.icons).toHaveLength(1);
    const { src, mimeType } = nexus.icons![0]!;
    expect(src).toMatch(/^data:image\/svg\+xml;base64,/);
    expect(atob(src.split(',')[1]!)).toMatch(/^<svg [^>]*>.*<\/svg>$/);
    expect(src.length).toBeLessThan(1_000);
    expect(mimeType).toBe('image/svg+xml');
  });
});

describe.each(byName)('%s', (_name, tool) => {
  const input = z.toJSONSchema(tool.input, { io: 'input' }) as JsonSchema;
  const output = z.toJSONSchema(tool.output, { io: 'output' }) as JsonSchema;

  it('has a title and a description with an example that its own schema accepts', () => {
    expect(tool.title).toMatch(/^[A-Z][\w ]+$/);
    expect(tool.description.length).toBeGreaterThan(40);
    expect(tool.description.length).toBeLessThanOrEqual(1_024);
    const example = /^Example: (\{.*\})$/m.exec(tool.description)?.[1];
    expect(tool.input.safeParse(JSON.parse(example ?? 'null')).error).toBeUndefined();
  });

  it('has all four hints, and is not both read-only and destructive', () => {
    expect(Object.keys(tool.hints).toSorted()).toEqual([
      'destructiveHint',
      'idempotentHint',
      'openWorldHint',
      'readOnlyHint',
    ]);
    expect(tool.hints.readOnlyHint && tool.hints.destructiveHint).toBe(false);
  });

  it('needs a scope of the catalogue, and more than reading exactly if it does more', () => {
    expect(tool.scopes.length).toBeGreaterThan(0);
    for (const scope of tool.scopes) expect(Object.keys(nexus.scopes)).toContain(scope);
    expect(tool.scopes.every((scope: string) => scope.endsWith(':read'))).toBe(tool.hints.readOnlyHint);
  });

  it('takes no tenant or user id, at any depth', () => {
    expect(forbidden(properties(input).map(([name]) => name))).toEqual([]);
  });

  it('asks first, or is harmless: what reaches people or overwrites has a confirmation', () => {
    const { destructiveHint, openWorldHint } = tool.hints;
    expect(tool.confirm !== undefined).toBe(destructiveHint || openWorldHint);
  });

  it('describes and bounds every input field, and refuses others by name', () => {
    expect(input['additionalProperties']).toBe(false);
    for (const [name, schema] of Object.entries(input.properties ?? {}))
      expect(schema['description'], name).toBeTruthy();
    for (const [name, schema] of properties(input)) {
      if (schema['type'] === 'string')
        expect(schema['maxLength'] ?? schema['enum'] ?? schema['pattern'], name).toBeTruthy();
      if (schema['type'] === 'integer')
        expect([schema['minimum'], schema['maximum']], name).toEqual([expect.any(Number), expect.any(Number)]);
      if (schema['type'] === 'array') expect(schema['maxItems'], name).toBeTruthy();
    }
    const { error } = tool.input.safeParse({ tenant_id: 'globex' });
    expect(JSON.stringify(error?.issues)).toContain('"keys":["tenant_id"]');
  });

  it('answers with an object of named fields only', () => {
    expect(output['type']).toBe('object');
    expect(output['additionalProperties']).toBe(false);
    expect(Object.keys(output.properties ?? {})).not.toHaveLength(0);
  });
});

const offers = [...prompts, ...resources, ...resourceTemplates];

describe.each(offers.map((offer) => [offer.title, offer] as const))('the prompt or resource “%s”', (_title, offer) => {
  it('has a title and a description within limits', () => {
    expect(offer.title).toMatch(/^[A-Z][\w ]+$/);
    expect(offer.description.length).toBeGreaterThan(40);
    expect(offer.description.length).toBeLessThanOrEqual(1_024);
  });

  it('needs scopes of the catalogue, and only such that read: what changes something is a tool', () => {
    expect(offer.scopes.length).toBeGreaterThan(0);
    expect(Object.keys(nexus.scopes)).toEqual(expect.arrayContaining([...offer.scopes]));
    expect(offer.scopes.filter((scope) => !scope.endsWith(':read'))).toEqual([]);
  });
});

it.each(prompts.map((prompt) => [prompt.name, prompt] as const))(
  'prompt %s describes every argument, suggests values for it, and takes no tenant or user id',
  (_name, prompt) => {
    expect(forbidden(prompt.arguments.map(({ name }) => name))).toEqual([]);
    for (const { name, title, description, complete } of prompt.arguments) {
      expect(title, name).toMatch(/^[A-Z]/);
      expect(description, name).toMatch(/.{20}/);
      expect(complete, name).toBeTypeOf('function');
    }
  },
);

it.each(resourceTemplates.map((template) => [template.name, template] as const))(
  'resource %s has a URI of the product’s own scheme, and suggests values for each variable',
  (_name, template) => {
    expect(template.uriTemplate).toMatch(/^nexus:\/\/[a-z]+\/\{(?:id|slug)\}$/);
    const variables = [...template.uriTemplate.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(Object.keys(template.complete ?? {})).toEqual(variables);
  },
);
