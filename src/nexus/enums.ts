// The closed sets of the Nexus API. Tools' inputs use them; answers are read as plain text, so that a value that
// Nexus adds tomorrow doesn't fail a whole list.
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
export const leadStages = ['new', 'contacted', 'qualified', 'proposal', 'negotiation', 'won', 'lost'] as const;
/** A lead that is there can't be moved any more. */
export const finalStages: ReadonlySet<string> = new Set<(typeof leadStages)[number]>(['won', 'lost']);
export const plans = ['starter', 'growth', 'enterprise'] as const;
export const healths = ['good', 'watch', 'at_risk'] as const;
export const ticketStatuses = ['open', 'pending', 'closed'] as const;
export const ticketPriorities = ['low', 'normal', 'high', 'urgent'] as const;
export const articleCategories = ['guide', 'policy', 'faq', 'troubleshooting'] as const;
