// What types can't say about upstreams: names that the audit trail and seals rely on, headers, and that an entry names one
// of the definition's own.
import type { GatewayDefinition } from './definition';
import { headerProblem } from './headers';
import { upstreamsOf, type UpstreamDefinition } from './upstream';

const NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** @throws TypeError naming the upstream or entry and what is wrong with it */
export function checkUpstreams(definition: GatewayDefinition): void {
  const upstreams = upstreamsOf(definition);
  for (const upstream of upstreams) checkUpstream(upstream);
  const names = upstreams.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`upstream ${twice} is defined twice`);
  const { tools, prompts = [], resources = [], resourceTemplates = [] } = definition;
  for (const { name, upstream } of [...tools, ...prompts, ...resources, ...resourceTemplates])
    if (typeof upstream !== 'string' && !upstreams.includes(upstream))
      throw new TypeError(`${name}: upstream ${upstream.name} is not one of the definition's`);
}

function checkUpstream({ name, headers = {} }: UpstreamDefinition): void {
  if (!NAME.test(name)) throw new TypeError(`upstream ${name}: a name is snake_case, 1 to 64 characters`);
  for (const header of Object.keys(headers)) {
    const problem = headerProblem(header);
    if (problem !== undefined) throw new TypeError(`upstream ${name}: ${problem}`);
  }
}
