// The Worker that the gateway's own tests run against: the gateway of the fixture product.
import { createGateway } from '../../src/gateway';
import { product } from './definition';

const gateway = createGateway(product);

export default gateway.handler;
export const Session = gateway.Session;
export const OAuthRecord = gateway.OAuthRecord;
export const McpSession = gateway.McpSession;
