import type { Actor } from '../../src/domain/events';

/** The id of the app in test histories. */
export const APP_ID = 'gx624';

/** The signed-in person with this name. */
export const person = (name: string, more: Partial<Actor> = {}): Actor => ({
  personId: `person-${name}`,
  keapId: keapIdOf(name),
  scopes: [],
  ...more,
});

export const keapIdOf = (name: string): string => `${name}@example.com`;
export const userIdOf = (name: string): string => `user-${name}`;
export const invitationIdOf = (name: string): string => `invitation-${name}`;

/** The owner of the app: its first user and an admin. */
export const olga = person('olga');
/** The subject of most tests. */
export const ann = person('ann');
/** A partner with the role ADMIN. */
export const pia = person('pia');
/** A standard member. */
export const sam = person('sam');
/** A person who is not in the app. */
export const mallory = person('mallory');
export const operator = person('otto', { scopes: ['operator'] });
export const auditor = person('audrey', { scopes: ['auditor'] });
/** The system. */
export const importer = person('import', { keapId: null, system: true });
