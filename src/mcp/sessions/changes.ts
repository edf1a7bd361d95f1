// What a session's client is told of a change: as notifications, and only of what it can list or has subscribed to.
import type { JSONRPCNotification } from '@modelcontextprotocol/server';
import type { Changed } from '../../define/content';
import type { GatewayDefinition } from '../../define/gateway';

export const ALL_LISTS: readonly Changed[] = [{ kind: 'tools' }, { kind: 'prompts' }, { kind: 'resources' }];

export function notificationsOf(
  changes: readonly Changed[],
  definition: GatewayDefinition,
  subscriptions: readonly string[],
): JSONRPCNotification[] {
  return changes.flatMap((change) => {
    if (change.kind === 'resource')
      return subscriptions.includes(change.uri)
        ? [{ jsonrpc: '2.0' as const, method: 'notifications/resources/updated', params: { uri: change.uri } }]
        : [];
    return lists(definition, change.kind)
      ? [{ jsonrpc: '2.0' as const, method: `notifications/${change.kind}/list_changed` }]
      : [];
  });
}

function lists(definition: GatewayDefinition, kind: 'tools' | 'prompts' | 'resources'): boolean {
  const { prompts = [], resources = [], resourceTemplates = [] } = definition;
  switch (kind) {
    case 'tools':
      return true;
    case 'prompts':
      return prompts.length > 0;
    case 'resources':
      return resources.length + resourceTemplates.length > 0;
  }
}
