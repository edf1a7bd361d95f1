// Who exists in the fixture product, and what their role allows there.

export type Role = 'admin' | 'reader';

/** A person in one tenant. Whoever belongs to two is there twice. A test changes what it likes. */
export interface User {
  readonly id: string;
  readonly name: string;
  email: string;
  tenant: string;
  role: Role;
  disabled: boolean;
}

export const tenantNames: Readonly<Record<string, string>> = {
  acme: 'Acme Industries',
  globex: 'Globex Corporation',
  initech: 'Initech',
};

const ada = { name: 'Ada Lovelace', email: 'ada@acme.example', role: 'admin' } as const;
const alan = { name: 'Alan Turing', email: 'alan@acme.example', role: 'reader' } as const;
const grace = { name: 'Grace Hopper', email: 'grace@globex.example', role: 'admin' } as const;
const katherine = { name: 'Katherine Johnson', email: 'katherine@consulting.example', role: 'reader' } as const;

/** Everybody, anew. Nobody is in Initech yet. */
export const everybody = (): User[] => [
  { id: 'usr_0001', tenant: 'acme', disabled: false, ...ada },
  { id: 'usr_0002', tenant: 'acme', disabled: false, ...alan },
  { id: 'usr_0003', tenant: 'acme', disabled: false, ...katherine },
  { id: 'usr_1001', tenant: 'globex', disabled: false, ...grace },
  { id: 'usr_1002', tenant: 'globex', disabled: false, ...katherine },
];

const reading = ['profile:read', 'items:read', 'notes:read', 'reports:read'];

export const scopesOfRole: Readonly<Record<Role, readonly string[]>> = {
  admin: [...reading, 'items:write', 'notes:write', 'messages:send'],
  reader: reading,
};
