// The deployed gateway, watched. TOOL_COUNT, where it is set, makes it one of as many tools.
import gateway, * as entry from '../../src/index';
import { watchedHandler, watchedObject } from './worker';

export default watchedHandler(gateway);
export const Session = watchedObject(entry.Session);
export const OAuthRecord = watchedObject(entry.OAuthRecord);
export const McpSession = watchedObject(entry.McpSession);
