// `npm run setup`: makes the local secrets, once.
import { ensureDevVars } from './dev-vars.ts';
import { inRepository } from './paths.ts';

const outcome = await ensureDevVars(inRepository('.dev.vars'));
console.log(
  outcome === 'created'
    ? 'Wrote .dev.vars with fresh local secrets. Next: npm start'
    : '.dev.vars exists already, so it stays as it is. To start afresh, delete it and run this again.',
);
