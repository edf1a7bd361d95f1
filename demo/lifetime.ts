// Commands that start servers end with them, however they are ended: by Ctrl-C, a signal, or a terminated npm.

/** Calls `stop` once, when this process is asked to end; `stop` has to end it. */
export function whenEnded(stop: () => void): void {
  let stopping = false;
  const once = (): void => {
    if (stopping) return;
    stopping = true;
    stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, once);
  // A terminated npm takes its shell along and leaves us behind, with another parent.
  const parent = process.ppid;
  if (process.env['npm_lifecycle_event'] === undefined) return;
  setInterval(() => process.ppid !== parent && once(), 500).unref();
}
