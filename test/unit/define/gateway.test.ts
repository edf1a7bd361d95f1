import { describe, expect, it } from 'vitest';
import { path } from '../../../src/define/api';
import { defineGateway } from '../../../src/define/gateway';
import type { AnyTool } from '../../../src/define/tool';
import { nexus } from '../../../src/nexus/definition';

const define = (change: Partial<AnyTool>) => defineGateway({ ...nexus, tools: [{ ...nexus.tools[0]!, ...change }] });

describe('defineGateway', () => {
  it.each([
    ['a name that clients refuse', { name: 'Get-Lead' }, /tool Get-Lead: a name is snake_case/],
    ['an unknown scope', { scopes: ['leads:admin'] }, /scope leads:admin is not in the catalogue/],
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
  ] as [string, Partial<AnyTool>, RegExp][])('refuses %s', (_name, change, message) => {
    expect(() => define(change)).toThrow(message);
  });

  it('refuses two tools of one name', () => {
    const [tool] = nexus.tools;
    expect(() => defineGateway({ ...nexus, tools: [tool!, tool!] })).toThrow(/is defined twice/);
  });
});

describe('path', () => {
  it('encodes each value as one segment', () => {
    expect(path`/v1/leads/${'../users?x=1#y%2F'}/notes/${7}`).toBe('/v1/leads/..%2Fusers%3Fx%3D1%23y%252F/notes/7');
  });

  it.each(['', '.', '..'])('refuses the segment %j', (id) => {
    expect(() => path`/v1/leads/${id}`).toThrow(RangeError);
  });
});
