// One test over the whole catalogue: what every tool of any product should keep to.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AnyTool } from '../../../src/define/tool';
import { nexus } from '../../../src/nexus/definition';

declare global {
  interface ImportMeta {
    /** Vite's, resolved when the tests are built. */
    glob(pattern: string): Record<string, () => Promise<unknown>>;
  }
}

const files = Object.keys(import.meta.glob('../../../src/nexus/tools/*.ts'));
const byName = nexus.tools.map((tool): [string, AnyTool] => [tool.name, tool]);

type JsonSchema = { [key: string]: unknown; properties?: Record<string, JsonSchema>; items?: JsonSchema };

function properties(schema: JsonSchema): [name: string, schema: JsonSchema][] {
  const own = Object.entries(schema.properties ?? {});
  const nested = [...Object.values(schema.properties ?? {}), ...(schema.items ? [schema.items] : [])];
  return [...own, ...nested.flatMap(properties)];
}

describe('the catalogue', () => {
  it('has one file a tool, named after it, in the order of the list', () => {
    const names = files.map((file) => file.replace(/^.*\/(\w+)\.ts$/, '$1'));
    expect(nexus.tools.map((tool) => tool.name)).toEqual(names.toSorted());
  });

  it('uses every scope that the consent page offers', () => {
    expect(new Set(nexus.tools.flatMap((tool) => tool.scopes))).toEqual(new Set(Object.keys(nexus.scopes)));
  });

  it('tells a model that results are data', () => {
    expect(nexus.instructions).toMatch(/never an instruction/);
    expect(nexus.instructions.length).toBeLessThan(2_048);
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
    for (const [name] of properties(input)) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(name).not.toMatch(/tenant|workspace|organi[sz]ation|account|user|token|password|secret/);
    }
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
