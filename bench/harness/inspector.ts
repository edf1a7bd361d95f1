// Looks into a Worker's isolate by the Chrome DevTools Protocol, which workerd speaks.

const WAKE_MS = 200;

export interface Inspector {
  readonly ask: <Answer>(method: string, params?: object) => Promise<Answer>;
  readonly close: () => void;
}

/** @param wake sends the Worker a request: one that is asleep doesn't look at what an inspector asks */
export async function inspect(port: number, wake: () => Promise<unknown>): Promise<Inspector> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/worker`);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`no inspector at port ${port}`)));
  });
  let id = 0;
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener('message', (event) => {
    const answer = JSON.parse(String(event.data)) as { id?: number; result?: unknown };
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer.result);
  });
  return {
    async ask<Answer>(method: string, params: object = {}) {
      const waking = setInterval(() => void wake().catch(() => undefined), WAKE_MS);
      const answer = await new Promise((resolve) => {
        id += 1;
        waiting.set(id, resolve);
        socket.send(JSON.stringify({ id, method, params }));
      });
      clearInterval(waking);
      return answer as Answer;
    },
    close: () => socket.close(),
  };
}

/** What the isolate holds once everything is gone that can go, in MiB. */
export async function heapMiB({ ask }: Inspector): Promise<number> {
  // The first collection may leave what finalizers hold.
  for (let count = 0; count < 2; count += 1) await ask('HeapProfiler.collectGarbage');
  const { usedSize } = await ask<{ usedSize: number }>('Runtime.getHeapUsage');
  return usedSize / 2 ** 20;
}
