// The closed lists of the CRM's fields.

export const stages = ['new', 'contacted', 'qualified', 'proposal', 'negotiation', 'won', 'lost'] as const;
export const industries = [
  'software',
  'manufacturing',
  'healthcare',
  'finance',
  'retail',
  'logistics',
  'energy',
  'education',
] as const;
export const regions = ['emea', 'amer', 'apac'] as const;
export const plans = ['starter', 'growth', 'enterprise'] as const;
export const healths = ['good', 'watch', 'at_risk'] as const;
export const statuses = ['open', 'pending', 'closed'] as const;
export const priorities = ['low', 'normal', 'high', 'urgent'] as const;
export const categories = ['guide', 'policy', 'faq', 'troubleshooting'] as const;

/** `2026-Q4` for a time in milliseconds, in UTC. */
export function quarterOf(time: number): string {
  const date = new Date(time);
  return `${date.getUTCFullYear()}-Q${Math.floor(date.getUTCMonth() / 3) + 1}`;
}
