// The deployed gateway, and a short way into it: `POST /bench/session` opens a session without a browser and an identity
// provider, and answers its code. From there on everything is the deployed code, at its own endpoints.
import gateway, * as entry from '../../src/index';
import { objectAt, type Bindings } from '../../src/config';
import type { OpenInput } from '../../src/session/stub';
import { newSessionId } from '../../src/crypto/subject';

interface OpenFace {
  open(input: OpenInput): Promise<string>;
}

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== '/bench/session') return gateway.fetch(request, env, ctx);
    const sessionId = newSessionId();
    const object = objectAt(env, 'SESSIONS', sessionId) as unknown as OpenFace;
    return new Response(await object.open({ ...(await request.json<Omit<OpenInput, 'sessionId'>>()), sessionId }));
  },
} satisfies ExportedHandler<Bindings>;
export const Session = entry.Session;
export const OAuthRecord = entry.OAuthRecord;
export const McpSession = entry.McpSession;
