// Leads, customers and tickets of one tenant, from its seed.
import { iso } from '../env.ts';
import { quarterOf } from '../vocabulary.ts';
import { type SeedCompany, seedContact } from './companies.ts';
import { features, inSentence } from './features.ts';
import type { Random } from './random.ts';
import { day, idOf, type SeedTenant, today } from './tenants.ts';
import { leadNotes, pleasantries } from './words.ts';

export type SeedLead = ReturnType<typeof seedLead>;
export type SeedCustomer = ReturnType<typeof seedCustomer>;
export type SeedTicket = ReturnType<typeof seedTicket>;

const businessHour = (random: Random, daysAgo: number): number =>
  today - daysAgo * day + random.between(-2 * 60, 8 * 60) * 60_000;

/** A later moment between `start` and the demo's day. */
const later = (random: Random, start: number): number =>
  start + Math.floor((random.next() ** 2 * (today - start)) / 60_000) * 60_000;

const daysToClose: Readonly<Record<string, number>> = { negotiation: 75, proposal: 150, qualified: 240 };

export function seedLead(tenant: SeedTenant, random: Random, index: number, company: SeedCompany, owners: string[]) {
  const stage = random.weighted([
    ['new', 60],
    ['contacted', 60],
    ['qualified', 55],
    ['proposal', 45],
    ['negotiation', 30],
    ['won', 40],
    ['lost', 30],
  ]);
  const created = businessHour(random, random.between(3, 420));
  const updated = later(random, created);
  const final = stage === 'won' || stage === 'lost';
  return {
    id: idOf('lead', tenant, index),
    tenant_id: tenant.id,
    company: company.company,
    ...seedContact(random, company.company),
    industry: company.industry,
    stage,
    owner: random.pick(owners),
    value_usd:
      random.between(4, 60) *
      random.weighted([
        [500, 4],
        [1000, 4],
        [4000, 1],
      ]),
    region: company.region,
    created_at: iso(created),
    updated_at: iso(updated),
    notes: random.pick(leadNotes),
    // What is decided closed when it last changed; what is open closes the sooner the further it has come.
    close_quarter: quarterOf(final ? updated : today + random.between(0, daysToClose[stage] ?? 330) * day),
  };
}

export function seedCustomer(
  tenant: SeedTenant,
  random: Random,
  index: number,
  company: SeedCompany,
  owners: string[],
) {
  const plan = random.weighted([
    ['starter', 5],
    ['growth', 4],
    ['enterprise', 2],
  ]);
  const monthly = { starter: [150, 900], growth: [900, 4500], enterprise: [4500, 28000] }[plan] as [number, number];
  const since = businessHour(random, random.between(60, 2200));
  const phone = { emea: '+49 69 5550', amer: '+1 312 5550', apac: '+65 6555 0' }[company.region];
  return {
    id: idOf('cus', tenant, index),
    tenant_id: tenant.id,
    company: company.company,
    industry: company.industry,
    region: company.region,
    plan,
    mrr_usd: Math.round(random.between(...monthly) / 10) * 10,
    health: random.weighted([
      ['good', 7],
      ['watch', 2],
      ['at_risk', 1],
    ]),
    owner: random.pick(owners),
    ...seedContact(random, company.company),
    phone: `${phone}${random.between(100, 199)}`,
    since: iso(since).slice(0, 10),
    updated_at: iso(later(random, since)),
  };
}

export function seedTicket(tenant: SeedTenant, random: Random, index: number, of: SeedCustomer, assignees: string[]) {
  const feature = random.pick(features);
  const created = businessHour(random, random.between(1, 200));
  const since = random.pick(['this morning', 'yesterday', 'the last release', 'we moved to the new plan']);
  const impact = random.pick([
    'Two colleagues are affected.',
    'The whole team is affected, and we have no workaround.',
    'It is not urgent, but it looks bad in front of our own customers.',
    'We can work around it for a day or two.',
  ]);
  const id = idOf('tic', tenant, index);
  const status = random.weighted([
    ['open', 4],
    ['pending', 3],
    ['closed', 5],
  ]);
  const assignee = random.pick(assignees);
  const comments = [];
  for (let said = created, n = random.between(status === 'closed' ? 1 : 0, 4); n > 0; n -= 1) {
    said = later(random, said);
    const author = random.next() < 0.5 ? assignee : of.contact_email;
    comments.push({
      ticket_id: id,
      tenant_id: tenant.id,
      author,
      body: random.pick(pleasantries),
      created_at: iso(said),
    });
  }
  return {
    ticket: {
      id,
      tenant_id: tenant.id,
      subject: feature.symptom,
      description: `Since ${since} we see this at ${of.company}: ${inSentence(feature.symptom)}. ${impact}\n\nWe followed the guide for ${inSentence(feature.name)} without success. Could you have a look?\n\n${of.contact_name}`,
      status,
      priority: random.weighted([
        ['low', 3],
        ['normal', 6],
        ['high', 3],
        ['urgent', 1],
      ]),
      customer_id: of.id,
      assignee,
      created_at: iso(created),
      updated_at: comments.at(-1)?.created_at ?? iso(created),
    },
    comments,
  };
}
