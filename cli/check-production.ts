// `npm run deploy` runs this first: it ends with 1, and says why, while wrangler.toml isn't ready for production.
// An argument names another file.
import { experimental_readRawConfig as readConfig } from 'wrangler';
import { problemsOf, type WranglerConfig } from './production.ts';

const [, , file = 'wrangler.toml'] = process.argv;
const problems = problemsOf(readConfig({ config: file }).rawConfig as WranglerConfig);
if (problems.length > 0) {
  console.error(`Not deployed: ${file} isn't ready for production (docs/deploy.md, step 2).`);
  for (const problem of problems) console.error(`  ${problem}`);
  process.exitCode = 1;
}
