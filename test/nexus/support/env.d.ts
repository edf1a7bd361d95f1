// The bindings of the reference product's gateway and of its CRM, beside those of every gateway.
declare namespace Cloudflare {
  interface Env {
    readonly CRM_DB: D1Database;
    readonly NEXUS_ADMIN_TOKEN: string;
  }
}
