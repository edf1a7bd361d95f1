// src/index.ts for the suite's definition: what the real wrangler.toml runs when it is given this entry point instead.
import { env } from 'cloudflare:workers';
import { createGateway } from '../../src/gateway';
import { conformance, withBrokenTool } from './definition';

const { CONFORMANCE_BREAK: broken } = env as { CONFORMANCE_BREAK?: string };
const gateway = createGateway(broken === undefined ? conformance : withBrokenTool(conformance, broken));

export default gateway.handler;
export const Session = gateway.Session;
export const OAuthRecord = gateway.OAuthRecord;
export const McpSession = gateway.McpSession;
