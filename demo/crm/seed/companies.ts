// Companies and the people at them. Every company occurs once over both tenants, so that whatever one tenant's user
// can find by name, the other's cannot.
import type { regions } from '../vocabulary.ts';
import { industries } from '../vocabulary.ts';
import { type Random, seeded } from './random.ts';
import { companyEndings, companyStems, firstNames, lastNames } from './words.ts';

export interface SeedCompany {
  readonly company: string;
  readonly industry: (typeof industries)[number];
  readonly region: (typeof regions)[number];
}

const all: readonly (readonly [string, SeedCompany['industry']])[] = companyStems.flatMap((stem) =>
  industries.flatMap((industry) => companyEndings[industry].map((ending) => [`${stem} ${ending}`, industry] as const)),
);

/** `count` companies, starting at `from` in one fixed order. */
export function seedCompanies(random: Random, from: number, count: number): SeedCompany[] {
  const order = seeded(7)
    .shuffled(all)
    .slice(from, from + count);
  return order.map(([company, industry]) => ({
    company,
    industry,
    region: random.weighted([
      ['emea', 5],
      ['amer', 4],
      ['apac', 3],
    ]),
  }));
}

export function seedContact(random: Random, company: string): { contact_name: string; contact_email: string } {
  const [first, last] = [random.pick(firstNames), random.pick(lastNames)];
  return {
    contact_name: `${first} ${last}`,
    contact_email: `${plain(first)}.${plain(last)}@${plain(company)}.example`,
  };
}

/** Letters that an address takes: "Zoë O'Brien" gives zoe and obrien. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll('ı', 'i')
    .normalize('NFD')
    .replace(/[^a-z]/g, '');
