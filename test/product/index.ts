// The fixture product as a world has it (support/world.ts): where its API is, and a backend of its own each time.
import type { TestProduct } from '../support/product';
import { testVars } from '../support/vars';
import { ProductBackend } from './backend';

export const shelf: TestProduct<ProductBackend> = {
  origin: testVars.PRODUCT_API_URL,
  begin: () => new ProductBackend(testVars.PRODUCT_ADMIN_TOKEN),
};
