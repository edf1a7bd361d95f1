// Where the identity provider keeps sessions, grants and codes: in memory, each until it expires, gone with the process.
// One store per provider, so that two stacks in one test process share nothing.

interface Entry {
  payload: Record<string, unknown>;
  expiresAt: number;
}

/** The adapter factory that oidc-provider asks for: one adapter for each kind of thing it stores. */
export function memoryAdapter(): (kind: string) => object {
  const entries = new Map<string, Entry>();
  const live = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (entry && entry.expiresAt <= Date.now()) entries.delete(key);
    return entries.get(key);
  };

  return (kind) => ({
    async upsert(id: string, payload: Record<string, unknown>, expiresIn?: number) {
      const expiresAt = expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000;
      entries.set(`${kind}:${id}`, { payload, expiresAt });
    },
    async find(id: string) {
      return live(`${kind}:${id}`)?.payload;
    },
    async findByUid(uid: string) {
      for (const [key, { payload }] of entries) {
        if (key.startsWith(`${kind}:`) && payload['uid'] === uid) return live(key)?.payload;
      }
      return undefined;
    },
    async findByUserCode() {
      return undefined; // No device flow here.
    },
    async consume(id: string) {
      const entry = live(`${kind}:${id}`);
      if (entry) entry.payload['consumed'] = Math.floor(Date.now() / 1000);
    },
    async destroy(id: string) {
      entries.delete(`${kind}:${id}`);
    },
    async revokeByGrantId(grantId: string) {
      for (const [key, { payload }] of entries) {
        if (payload['grantId'] === grantId) entries.delete(key);
      }
    },
  });
}
