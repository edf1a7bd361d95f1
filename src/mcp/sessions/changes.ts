// What a session's client is told of a change: as notifications, and only of what it can list or has subscribed to.
import type { JSONRPCNotification } from '@modelcontextprotocol/server';
import type { Changed } from '../../define/content';
import type { GatewayDefinition } from '../../define/gateway';
import { capabilitiesOf } from '../protocol/capabilities';

export function notificationsOf(
  changes: readonly Changed[],
  definition: GatewayDefinition,
  subscriptions: readonly string[],
): JSONRPCNotification[] {
  const capabilities = capabilitiesOf(definition, 'session', true);
  return changes.flatMap((change) => {
    if (change.kind === 'resource')
      return subscriptions.includes(change.uri)
        ? [{ jsonrpc: '2.0' as const, method: 'notifications/resources/updated', params: { uri: change.uri } }]
        : [];
    return capabilities[change.kind]
      ? [{ jsonrpc: '2.0' as const, method: `notifications/${change.kind}/list_changed` }]
      : [];
  });
}
