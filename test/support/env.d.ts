// The bindings of the gateway under test, for `env` and `exports` of `cloudflare:workers`.
declare namespace Cloudflare {
  interface Env {
    readonly OAUTH_KV: KVNamespace;
    readonly DB: D1Database;
    readonly SESSIONS: DurableObjectNamespace;
    readonly OAUTH_RECORDS: DurableObjectNamespace;
    readonly MCP_SESSIONS: DurableObjectNamespace;
    readonly CROWD: string;
  }
  interface GlobalProps {
    readonly mainModule: typeof import('../product/worker');
  }
}

declare module '*.sql?raw' {
  const text: string;
  export default text;
}

declare module '*.toml?raw' {
  const text: string;
  export default text;
}
