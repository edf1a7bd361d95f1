// `npm start`: the gateway with everything around it, on this machine, until Ctrl-C.
// Ports: PORT (gateway), CRM_PORT, IDP_PORT.
import { defaultPorts, ensureDevVars, readDevVars } from './dev-vars.ts';
import { whenEnded } from './lifetime.ts';
import { inRepository } from './paths.ts';
import { panel } from './panel.ts';
import { PortInUse } from './ports.ts';
import { type Neighbours, type Ports, startStack } from './stack.ts';

const portVariables = { gateway: 'PORT', crm: 'CRM_PORT', idp: 'IDP_PORT' } as const;

// Before anything else: exit() takes along whatever has been started so far.
let stack: Neighbours | undefined;
whenEnded(stop);

try {
  const file = inRepository('.dev.vars');
  if ((await ensureDevVars(file)) === 'created') console.log('Wrote .dev.vars with fresh local secrets.');
  console.log('Starting the identity provider, the CRM and the gateway …');
  let talking = false;
  stack = await startStack({
    ports: portsFrom(process.env),
    persistDir: inRepository('.wrangler/state'),
    vars: await readDevVars(file),
    onLine: (server, line) => talking && console.log(`${server.padEnd(7)} │ ${line}`),
  });
  console.log(panel(stack));
  talking = true;
  await stack.broken;
} catch (error) {
  await stack?.stop();
  console.error(`\n${explain(error)}`);
  process.exit(1);
}

function stop(): void {
  console.log('\nStopping …');
  void (stack?.stop() ?? Promise.resolve()).finally(() => process.exit(0));
}

function portsFrom(env: NodeJS.ProcessEnv): Ports {
  const port = (which: keyof Ports): number => {
    const name = portVariables[which];
    const given = env[name] ?? String(defaultPorts[which]);
    const number = Number(given);
    if (!Number.isInteger(number) || number < 1 || number > 65_535) {
      throw new Error(`${name}=${given} is not a port. Use a number from 1 to 65535.`);
    }
    return number;
  };
  return { gateway: port('gateway'), crm: port('crm'), idp: port('idp') };
}

function explain(error: unknown): string {
  if (error instanceof PortInUse) {
    const ports = portsFrom(process.env);
    const which = (Object.keys(ports) as (keyof Ports)[]).find((name) => ports[name] === error.port) ?? 'gateway';
    const other = `${portVariables[which]}=${error.port + 10} npm start`;
    return `Port ${error.port} is in use, and the ${which} needs it.\nStop what uses it (another npm start?), or choose another port: ${other}`;
  }
  return error instanceof Error ? error.message : String(error);
}
