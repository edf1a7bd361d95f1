// `npm run test:without-nexus`: the proof that the gateway needs nothing of its reference product. A copy of the project
// without Nexus, its tests and its CRM deploys the fixture product instead; its types have to be sound, and all tests of
// the gateway green. CI runs those tests here only.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const repository = join(import.meta.dirname, '..');
// Measurements and whole stacks are of the reference product and its demo.
const left = ['src/nexus/', 'test/nexus/', 'demo/crm/', 'bench/', 'test/e2e/'];

const copy = mkdtempSync(join(tmpdir(), 'without-nexus-'));
process.once('exit', () => rmSync(copy, { recursive: true, force: true }));

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: repository })
  .toString()
  .split('\0')
  .filter((file) => file !== '' && !left.some((folder) => file.startsWith(folder)));
for (const file of files) {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  copyFileSync(join(repository, file), join(copy, file));
}
symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
writeFileSync(
  join(copy, 'src/index.ts'),
  "export { default, McpSession, OAuthRecord, Session } from '../test/product/worker';\n",
);

for (const command of [
  ['tsc', '-p', '.'],
  ['vitest', 'run', '--project', 'gateway', ...process.argv.slice(2)],
]) {
  const { status } = spawnSync('npx', command, { cwd: copy, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
