import type { MembershipEventsFilter } from './membershipEventsRows';
import { queryDigest } from './pageCursor';
import type { SqlParameters } from './sqlParameters';

/** A filter in which null stands for "no restriction". */
export type EventsFilter = { readonly [K in keyof MembershipEventsFilter]-?: NonNullable<MembershipEventsFilter[K]> | null };

/** The same filter, with null for everything that is absent and each type once, in order. */
export const normalizeEventsFilter = (filter: MembershipEventsFilter): EventsFilter => ({
  appId: filter.appId ?? null,
  userIds: filter.userIds ?? null,
  keapIdNormalized: filter.keapIdNormalized ?? null,
  actorId: filter.actorId ?? null,
  types: filter.types ? [...new Set(filter.types)].sort() : null,
  correlationId: filter.correlationId ?? null,
  from: filter.from ?? null,
  to: filter.to ?? null,
  untilTime: filter.untilTime ?? null,
  afterPosition: filter.afterPosition ?? null,
  untilPosition: filter.untilPosition ?? null,
});

/** Stands for the list of the filter's events. */
export const eventsDigest = (filter: EventsFilter): string =>
  queryDigest(
    'membershipEvents', filter.appId, filter.userIds, filter.keapIdNormalized, filter.actorId, filter.types, filter.correlationId,
    filter.from, filter.to, filter.untilTime, filter.afterPosition, filter.untilPosition,
  );

/** The conditions of those columns that have a value to be compared with. */
export const conditionsOf = (parameters: SqlParameters, ...comparisons: readonly (readonly [comparison: string, value: string | null])[]): readonly string[] =>
  comparisons.flatMap(([comparison, value]) => (value === null ? [] : [`${comparison} ${parameters.add(value)}`]));
