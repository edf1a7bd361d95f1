// The deployed Worker: the gateway of one product. To make it yours, replace `./nexus/definition`.
import { createGateway } from './gateway';
import { nexus } from './nexus/definition';

const gateway = createGateway(nexus);

export default gateway.handler;
export const Session = gateway.Session;
export const OAuthRecord = gateway.OAuthRecord;
export const McpSession = gateway.McpSession;
