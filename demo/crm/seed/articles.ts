// Forty knowledge-base articles a tenant: a guide, a policy, questions and troubleshooting for each feature.
import { iso } from '../env.ts';
import type { categories } from '../vocabulary.ts';
import { type Feature, features, inSentence } from './features.ts';
import type { Random } from './random.ts';
import { day, type SeedTenant, today } from './tenants.ts';

type Category = (typeof categories)[number];

export interface SeedArticle {
  readonly slug: string;
  readonly title: string;
  readonly summary: string;
  readonly category: Category;
  readonly body: string;
  readonly updated_at: string;
}

export function seedArticles(tenant: SeedTenant, random: Random): SeedArticle[] {
  return features.flatMap((feature) =>
    writers.map(({ category, write }) => ({
      ...write(feature, tenant),
      category,
      updated_at: iso(today - random.between(2, 500) * day),
    })),
  );
}

type Draft = Pick<SeedArticle, 'slug' | 'title' | 'summary' | 'body'>;

const writers: readonly { category: Category; write: (feature: Feature, tenant: SeedTenant) => Draft }[] = [
  {
    category: 'guide',
    write: (feature, tenant) => ({
      slug: `${feature.slug}-getting-started`,
      title: `${feature.name}: getting started`,
      summary: `How to set up ${inSentence(feature.name)} at ${tenant.name} in three steps.`,
      body: [
        `# ${feature.name}: getting started`,
        `${feature.name} at ${tenant.name} ${feature.purpose}. Setting it up takes about ten minutes.`,
        '## Steps',
        feature.steps.map((step, index) => `${index + 1}. ${step}`).join('\n'),
        '## Good to know',
        `${feature.limit} If you are stuck, write to ${tenant.support} and name the page you are on.`,
      ].join('\n\n'),
    }),
  },
  {
    category: 'policy',
    write: (feature, tenant) => ({
      slug: `${feature.slug}-policy`,
      title: `${feature.name}: rules and limits`,
      summary: `What ${tenant.name} promises and expects around ${inSentence(feature.name)}.`,
      body: [
        `# ${feature.name}: rules and limits`,
        feature.limit,
        `${feature.owner} at ${tenant.name} owns these rules and reviews them every ${tenant.reviewMonths} months.`,
        '## Exceptions',
        `An exception needs the written consent of ${feature.owner} and ends after 90 days. Support may grant none of its own.`,
        '## Records',
        `Who changed what, and when, is kept for ${tenant.retentionMonths} months and shown to administrators.`,
      ].join('\n\n'),
    }),
  },
  {
    category: 'faq',
    write: (feature, tenant) => ({
      slug: `${feature.slug}-faq`,
      title: `${feature.name}: frequent questions`,
      summary: `${feature.question} And other questions that customers ask ${tenant.name}.`,
      body: [
        `# ${feature.name}: frequent questions`,
        `## ${feature.question}`,
        feature.answer,
        `## What does it cost?`,
        `${feature.name} is part of every plan at ${tenant.name}. Only the enterprise plan comes with answers on weekends.`,
        '## Who can help me?',
        `${tenant.support}, on working days from 8 to 18 o'clock ${tenant.timeZone}.`,
      ].join('\n\n'),
    }),
  },
  {
    category: 'troubleshooting',
    write: (feature, tenant) => ({
      slug: `${feature.slug}-troubleshooting`,
      title: `${feature.name}: ${inSentence(feature.symptom)}`,
      summary: `What to check when a customer says: "${feature.symptom}".`,
      body: [
        `# ${feature.symptom}`,
        `Most often ${feature.cause}.`,
        '## What to do',
        feature.fix,
        '## If that does not help',
        `Open a ticket with the time, the people affected and a screenshot. ${feature.owner} at ${tenant.name} takes it from there.`,
      ].join('\n\n'),
    }),
  },
];
