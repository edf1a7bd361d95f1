// Bundles a Worker as `wrangler deploy` would: what is measured is what would be deployed.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { inRepository } from '../../demo/paths.ts';

export interface Bundle {
  readonly file: string;
  /** What an upload weighs, in KiB. */
  readonly gzipKiB: number;
}

export interface BuildOptions {
  /** Relative to the repository, as is the entry. Without one, the configuration's `main` is built. */
  readonly config: string;
  readonly entry?: string | undefined;
  readonly directory: string;
  /** Names stay readable, for a profile. */
  readonly minify?: boolean;
}

export async function build({ config, entry, directory, minify = true }: BuildOptions): Promise<Bundle> {
  const wrangler = inRepository('node_modules/wrangler/bin/wrangler.js');
  const flags = [
    '--config',
    resolve(inRepository('.'), config),
    '--env=',
    '--dry-run',
    '--outdir',
    directory,
    `--minify=${minify}`,
  ];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false' };
  const script = entry === undefined ? [] : [inRepository(entry)];
  await promisify(execFile)(process.execPath, [wrangler, 'deploy', ...script, ...flags], { env });
  const name = readdirSync(directory).find((one) => one.endsWith('.js'));
  if (name === undefined) throw new Error(`${entry ?? config}: wrangler built nothing`);
  const file = join(directory, name);
  return { file, gzipKiB: gzipSync(readFileSync(file)).byteLength / 1024 };
}
