// The real Nexus CRM as the backend of a world: in this process, with a D1 of its own.
import { env } from 'cloudflare:workers';
import { handleCrm } from '../../../demo/crm/app';
import type { Backend } from '../../support/product';
import { World } from '../../support/world';
import { nexusVars } from './vars';

export class Crm implements Backend {
  fetch(request: Request): Promise<Response> {
    return handleCrm(request, { CRM_DB: env.CRM_DB, NEXUS_ADMIN_TOKEN: nexusVars.NEXUS_ADMIN_TOKEN });
  }

  /** Turns its switches (demo/crm/switches.ts). */
  async set(switches: Record<string, unknown>): Promise<void> {
    const answer = await this.#admin('POST', '/__demo/switches', switches);
    if (!answer.ok) throw new Error(`switches answered ${answer.status}`);
  }

  async counts(): Promise<{ verify: number; refresh: number; reuse_detected: number; data: number }> {
    return (await this.#admin('GET', '/__demo/counts')).json();
  }

  #admin(method: string, path: string, body?: unknown): Promise<Response> {
    const request = new Request(nexusVars.NEXUS_API_URL + path, {
      method,
      headers: { Authorization: `Bearer ${nexusVars.NEXUS_ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return this.fetch(request);
  }
}

export type NexusWorld = World<Crm>;

/** A fresh world of the reference product. */
export function beginNexus(): Promise<NexusWorld> {
  return World.of({ origin: nexusVars.NEXUS_API_URL, begin: () => new Crm() });
}
