// Installs what the gateway is compared with, the first time: it stays out of the gateway's own dependencies.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { inRepository } from '../../demo/paths.ts';

export function installComparators(): void {
  if (existsSync(inRepository('bench/node_modules/.package-lock.json'))) return;
  console.log('Installing what the gateway is compared with, into bench/node_modules …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: inRepository('bench'), stdio: 'inherit' });
}
