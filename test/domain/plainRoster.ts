import type { RosterState } from '../../src/domain/roster/state';

/** The state with its tables as lists, in an order of their own, so that states with other kinds of tables compare equal. */
export const plainRoster = (state: RosterState): object =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [name, typeof value === 'object' && !Array.isArray(value) ? [...(value as Iterable<[string, unknown]>)].sort(([a], [b]) => (a < b ? -1 : 1)) : (value as unknown)]));
