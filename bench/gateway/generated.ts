// The gateway with as many tools as TOOL_COUNT says: the reference definition's own, over and over under other names.
import { env } from 'cloudflare:workers';
import { defineGateway } from '../../src/define/gateway';
import { createGateway } from '../../src/gateway';
import { nexus } from '../../src/nexus/definition';

const { TOOL_COUNT } = env as unknown as { TOOL_COUNT: string };

/** The one that is called comes first, under its own name; each copy has schemas of its own, as other tools would. */
const order = [...nexus.tools].sort((a, b) => Number(b.name === 'get_customer') - Number(a.name === 'get_customer'));
const tools = Array.from({ length: Number(TOOL_COUNT) }, (_, index) => {
  const tool = order[index % order.length];
  if (!tool) throw new Error('the reference definition has no tools');
  const round = Math.floor(index / order.length);
  return round === 0
    ? tool
    : { ...tool, name: `${tool.name}_${round}`, input: tool.input.clone(), output: tool.output.clone() };
});

const gateway = createGateway(defineGateway({ ...nexus, tools }));

export default gateway.handler;
export const Session = gateway.Session;
export const OAuthRecord = gateway.OAuthRecord;
export const McpSession = gateway.McpSession;
