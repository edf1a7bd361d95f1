// The tests of the reference product, in workerd beside the deployed Worker. Its CRM runs in the test's own process.
import { defineProject } from 'vitest/config';
import { workerdProject } from '../support/workerd-project.ts';
import { nexusVars } from './support/vars.ts';

export default defineProject(
  workerdProject({
    name: 'nexus',
    include: ['test/nexus/**/*.test.ts'],
    bindings: nexusVars,
    d1Databases: { CRM_DB: 'crm' },
  }),
);
