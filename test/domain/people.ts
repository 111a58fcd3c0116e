import type { Actor } from '../../src/domain/actor';

/** The app that the stories are about, and who appears in them. */
export const APP_ID = 'gx624';

/** The signed-in person of that name. */
export const person = (name: string, more: Partial<Actor> = {}): Actor => ({
  personId: `person-${name}`,
  keapId: keapIdOf(name),
  scopes: [],
  ...more,
});

export const keapIdOf = (name: string): string => `${name}@example.com`;
export const userIdOf = (name: string): string => `user-${name}`;
export const invitationIdOf = (name: string): string => `invitation-${name}`;

/** owns the app: its first user and admin. */
export const olga = person('olga');
/** the one whom most stories are about. */
export const ann = person('ann');
/** a partner who is an admin. */
export const pia = person('pia');
/** a standard member. */
export const sam = person('sam');
/** not in the app. */
export const mallory = person('mallory');
export const operator = person('otto', { scopes: ['operator'] });
export const auditor = person('audrey', { scopes: ['auditor'] });
/** the system's own hand. */
export const importer = person('import', { keapId: null, system: true });
