// The fixture product's backend, in memory: the contract of docs/backend-contract.md, and the API of records.ts.
// Access tokens expire, refresh tokens rotate, and the reuse of one ends its family, as in a careful backend.
// `set` makes it slow, failing or forgetful; `counts` tells how often it was asked.
import { everybody, scopesOfRole, tenantNames, type User } from './people';
import { Records, type Caller } from './records';
import { Refusal } from './refusal';

export interface Switches {
  delay_ms?: number;
  /** Requests whose path begins with `path` are answered with this status, the next `times` times (default: once). */
  fail?: { path: string; status: number; times?: number; retry_after?: number } | null;
  disable_user?: string;
  enable_user?: string;
  /** The life of access tokens that are issued from now on, in seconds. */
  token_ttl?: number;
  expire_access_tokens?: boolean;
  revoke_access_tokens?: boolean;
}

export interface Counts {
  readonly tenants: number;
  readonly verify: number;
  readonly refresh: number;
  readonly reuse_detected: number;
  /** Requests to the API. */
  readonly data: number;
  /** The same, by method and path. */
  readonly by_path: Readonly<Record<string, number>>;
}

interface Family {
  readonly user: User;
  /** Where the user was when it began. */
  readonly tenant: string;
  readonly scopes: readonly string[];
  killed: boolean;
}

/** What a careless backend says when it breaks. None of it may reach a model. */
export const internalDetail = 'shelf-db-3.internal: FATAL password authentication failed for user "shelf_rw"';

const codes: Record<number, string> = {
  400: 'invalid_grant',
  401: 'invalid_token',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  422: 'validation_failed',
  429: 'rate_limited',
};

export class ProductBackend {
  /** A change counts from the next request on. */
  readonly users = everybody();
  readonly records = new Records();
  readonly #adminToken: string;
  readonly #accessTokens = new Map<string, { readonly family: Family; expiresAt: number }>();
  readonly #refreshTokens = new Map<string, { readonly family: Family; used: boolean }>();
  readonly #counts = { tenants: 0, verify: 0, refresh: 0, reuse_detected: 0, data: 0 };
  readonly #byPath = new Map<string, number>();
  #delayMs = 0;
  #tokenTtl = 60;
  #failure: { path: string; status: number; times: number; retry_after?: number } | undefined;

  constructor(adminToken: string) {
    this.#adminToken = adminToken;
  }

  set(switches: Switches): void {
    const { delay_ms, fail, disable_user, enable_user, token_ttl } = switches;
    this.#delayMs = delay_ms ?? this.#delayMs;
    this.#tokenTtl = token_ttl ?? this.#tokenTtl;
    if (fail !== undefined) this.#failure = fail === null ? undefined : { times: 1, ...fail };
    for (const user of this.users)
      if (user.email === disable_user || user.email === enable_user) user.disabled = user.email === disable_user;
    if (switches.expire_access_tokens) for (const token of this.#accessTokens.values()) token.expiresAt = Date.now();
    if (switches.revoke_access_tokens) this.#accessTokens.clear();
  }

  /** @throws if there is nobody of this address, or not in this tenant */
  user(email: string, tenant?: string): User {
    const user = this.users.find((one) => one.email === email && (tenant === undefined || one.tenant === tenant));
    if (!user) throw new Error(`nobody has the address ${email}`);
    return user;
  }

  /** How often it was asked until now. */
  counts(): Counts {
    return { ...this.#counts, by_path: Object.fromEntries(this.#byPath) };
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.#count(request.method, pathname);
    if (this.#delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#delayMs));
    const failing = this.#failure;
    if (failing && failing.times > 0 && pathname.startsWith(failing.path)) {
      failing.times -= 1;
      const { status, retry_after: seconds } = failing;
      const headers: HeadersInit = seconds === undefined ? {} : { 'Retry-After': String(seconds) };
      return Response.json({ error: codes[status] ?? 'internal', message: internalDetail }, { status, headers });
    }
    try {
      return await this.#answer(request, pathname);
    } catch (error) {
      if (error instanceof Refusal) return error.toResponse();
      throw error;
    }
  }

  #count(method: string, pathname: string): void {
    const [, section, endpoint] = pathname.split('/');
    if (section === 'v1') {
      this.#counts.data += 1;
      this.#byPath.set(`${method} ${pathname}`, (this.#byPath.get(`${method} ${pathname}`) ?? 0) + 1);
    }
    if (section === 'auth' && (endpoint === 'tenants' || endpoint === 'verify' || endpoint === 'refresh'))
      this.#counts[endpoint] += 1;
  }

  async #answer(request: Request, pathname: string): Promise<Response> {
    const bearer = /^Bearer (\S+)$/.exec(request.headers.get('Authorization') ?? '')?.[1];
    if (pathname.startsWith('/v1/')) return this.records.answer(request, this.#callerOf(bearer));
    if (bearer !== this.#adminToken) throw new Refusal(401, 'unauthorized');
    const body = await request.json<Record<string, unknown>>();
    if (pathname === '/auth/tenants') return this.#tenants(body);
    if (pathname === '/auth/verify') return this.#verify(body);
    if (pathname === '/auth/refresh') return this.#refresh(body);
    throw new Refusal(404, 'not_found');
  }

  /** Who isn't disabled, in each tenant of theirs, or in the one tenant. @throws Refusal if there is nobody */
  #enabled(email: unknown, tenant?: unknown): User[] {
    const users = this.users.filter((user) => user.email === email && (tenant === undefined || user.tenant === tenant));
    if (users.length === 0) throw new Refusal(404, 'unknown_user');
    const enabled = users.filter(({ disabled }) => !disabled);
    if (enabled.length === 0) throw new Refusal(403, 'user_disabled');
    return enabled.toSorted((a, b) => a.tenant.localeCompare(b.tenant));
  }

  #tenants({ email }: Record<string, unknown>): Response {
    const tenants = this.#enabled(email).map(({ tenant }) => ({ tenant_id: tenant, tenant_name: tenantNames[tenant] }));
    return Response.json({ tenants });
  }

  #verify({ email, tenant_id: wanted, scopes }: Record<string, unknown>): Response {
    const [user, ...others] = this.#enabled(email, wanted);
    // One of several at random would be one tenant's data for a user who meant the other's.
    if (user === undefined || others.length > 0) throw new Refusal(422, 'validation_failed', ['tenant_id']);
    const { id, tenant, role } = user;
    const allowed = scopesOfRole[role];
    const granted = Array.isArray(scopes) ? allowed.filter((scope) => scopes.includes(scope)) : allowed;
    return Response.json({
      user_id: id,
      tenant_id: tenant,
      tenant_name: tenantNames[tenant],
      role_scopes: allowed,
      ...this.#issue({ user, tenant, scopes: granted, killed: false }),
    });
  }

  #refresh({ refresh_token: token }: Record<string, unknown>): Response {
    const known = this.#refreshTokens.get(String(token));
    if (known?.used) {
      known.family.killed = true;
      this.#counts.reuse_detected += 1;
    }
    if (!known || known.family.killed || known.family.user.disabled) throw new Refusal(400, 'invalid_grant');
    known.used = true;
    return Response.json(this.#issue(known.family));
  }

  #issue(family: Family): object {
    const [access, refresh] = [`sha_${crypto.randomUUID()}`, `shr_${crypto.randomUUID()}`];
    this.#accessTokens.set(access, { family, expiresAt: Date.now() + this.#tokenTtl * 1_000 });
    this.#refreshTokens.set(refresh, { family, used: false });
    return { access_token: access, expires_in: this.#tokenTtl, refresh_token: refresh, scopes: scopesOf(family) };
  }

  #callerOf(bearer: string | undefined): Caller {
    const { family, expiresAt = 0 } = this.#accessTokens.get(bearer ?? '') ?? {};
    const stands = family && !family.killed && !family.user.disabled && family.user.tenant === family.tenant;
    if (!stands || expiresAt <= Date.now()) throw new Refusal(401, 'invalid_token');
    return { user: family.user, scopes: scopesOf(family), colleagues: this.users };
  }
}

/** What a family was given, as far as the role allows it still. */
function scopesOf({ scopes, user }: Family): string[] {
  return scopes.filter((scope) => scopesOfRole[user.role].includes(scope));
}
