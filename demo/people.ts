// The people of the demo, known to the identity provider and (all but Mallory) to the Nexus CRM.
// One list, so that the two neighbours cannot disagree about who exists.

export interface DemoPerson {
  /** `sub` of the identity provider (OpenID Connect Core §2): not the address, which may change. */
  readonly subject: string;
  readonly email: string;
  readonly name: string;
  readonly company: string;
  /** The role in Nexus, or null for somebody whom the identity provider knows and Nexus does not. */
  readonly role: 'admin' | 'rep' | 'viewer' | null;
  /** The tenants where they have it. */
  readonly tenantIds: readonly string[];
  /** What signing in as this person shows, for the login page and the panel of `npm start`. */
  readonly shows: string;
}

export const demoPeople: readonly DemoPerson[] = [
  {
    subject: '108492071',
    email: 'ada@acme.example',
    name: 'Ada Lovelace',
    company: 'Acme Industries',
    role: 'admin',
    tenantIds: ['acme'],
    shows: 'Administrator: sees and changes everything of Acme',
  },
  {
    subject: '108492084',
    email: 'alan@acme.example',
    name: 'Alan Turing',
    company: 'Acme Industries',
    role: 'viewer',
    tenantIds: ['acme'],
    shows: 'Viewer: reads everything of Acme, changes nothing',
  },
  {
    subject: '108492097',
    email: 'grace@globex.example',
    name: 'Grace Hopper',
    company: 'Globex Corporation',
    role: 'rep',
    tenantIds: ['globex'],
    shows: 'Sales rep: another company, other data',
  },
  {
    subject: '1084920123',
    email: 'katherine@consulting.example',
    name: 'Katherine Johnson',
    company: 'Johnson Consulting',
    role: 'viewer',
    tenantIds: ['acme', 'globex'],
    shows: 'Consultant of both: chooses one at each sign-in',
  },
  {
    subject: '1084920110',
    email: 'mallory@elsewhere.example',
    name: 'Mallory Stranger',
    company: 'Elsewhere',
    role: null,
    tenantIds: [],
    shows: 'No Nexus account: is turned away',
  },
];
