// Starts the neighbours in a process of their own, and asks what reached the upstream.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { inRepository } from '../../demo/paths.ts';
import type { NeighbourPorts } from './neighbours.ts';

export interface Neighbours {
  readonly ports: NeighbourPorts;
  readonly upstreamUrl: string;
  /** How many records the upstream has handed out. */
  upstreamCalls(): Promise<number>;
  stop(): void;
}

export async function startNeighbours(): Promise<Neighbours> {
  const child = fork(inRepository('bench/harness/neighbours.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [ports] = (await once(child, 'message')) as [NeighbourPorts];
  const upstreamUrl = `http://127.0.0.1:${ports.upstream}`;
  return {
    ports,
    upstreamUrl,
    async upstreamCalls() {
      const response = await fetch(`${upstreamUrl}/count`);
      const { calls } = (await response.json()) as { calls: number };
      return calls;
    },
    stop: () => void child.kill(),
  };
}
