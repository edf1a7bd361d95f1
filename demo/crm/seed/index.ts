// All rows of both tenants, table by table, the same every time.
import { seedArticles } from './articles.ts';
import { seedCompanies } from './companies.ts';
import { hostileCustomers, hostileLeads, hostileTickets } from './hostile.ts';
import { seeded } from './random.ts';
import { seedCustomer, seedLead, seedTicket } from './records.ts';
import { idOf, type SeedTenant, seedUsers, tenants } from './tenants.ts';

export const seedCounts = { leads: 320, customers: 140, tickets: 180, articles: 40 } as const;

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export function seedTenants(): Record<string, readonly object[]>[] {
  return tenants.map(seedTenant);
}

function seedTenant(tenant: SeedTenant, position: number): Record<string, readonly object[]> {
  const random = seeded(tenant.seed);
  const users = seedUsers(tenant);
  const owners = users.filter((user) => user.role !== 'viewer').map((user) => user.email);
  const wanted = seedCounts.leads + seedCounts.customers;
  const companies = seedCompanies(random, position * wanted, wanted);

  const leads = companies
    .slice(0, seedCounts.leads)
    .map((company, index) => ({ ...seedLead(tenant, random, index, company, owners), ...hostileLeads[index] }));
  const customers = companies
    .slice(seedCounts.leads)
    .map((company, index) => ({ ...seedCustomer(tenant, random, index, company, owners), ...hostileCustomers[index] }));
  const threads = range(seedCounts.tickets).map((index) => {
    const { ticket, comments } = seedTicket(tenant, random, index, random.pick(customers), owners);
    return { ticket: { ...ticket, ...hostileTickets[index] }, comments };
  });
  const comments = threads
    .flatMap((thread) => thread.comments)
    .map((comment, index) => ({ id: idOf('com', tenant, index), ...comment }));

  return {
    tenants: [{ id: tenant.id, name: tenant.name }],
    users,
    leads,
    customers,
    tickets: threads.map((thread) => thread.ticket),
    comments,
    articles: seedArticles(tenant, random).map((article) => ({ tenant_id: tenant.id, ...article })),
  };
}
