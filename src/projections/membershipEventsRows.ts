import type { LogPosition } from '../eventstore/eventStore';

/** Where an event of an app stands, and what it is about. */
export interface MembershipEventRow {
  readonly position: LogPosition;
  readonly appId: string;
  readonly stream: string;
  readonly revision: number;
}

/** Absent or null: no restriction. An empty list matches nothing, and so does a type that there is not. */
export interface MembershipEventsFilter {
  readonly appId?: string | null | undefined;
  /** users whom an event gives something to or takes something from; at most 100. */
  readonly userIds?: readonly string[] | null | undefined;
  /** a Keap ID in the form in which it is compared: the users who were ever invited or joined under it, in all apps. */
  readonly keapIdNormalized?: string | null | undefined;
  readonly actorId?: string | null | undefined;
  readonly types?: readonly string[] | null | undefined;
  readonly correlationId?: string | null | undefined;
  /** inclusive; times are ISO 8601 in UTC with milliseconds. */
  readonly from?: string | null | undefined;
  /** exclusive. */
  readonly to?: string | null | undefined;
  /** inclusive; for who looks at the past. */
  readonly untilTime?: string | null | undefined;
  /** exclusive. */
  readonly afterPosition?: LogPosition | null | undefined;
  /** inclusive; for who looks at the past. */
  readonly untilPosition?: LogPosition | null | undefined;
}

/** The filter means more than can be looked for at once; the message says what to do. */
export class FilterTooWide extends Error {
  override readonly name = 'FilterTooWide';
}

/** The latest event of one type about a user, in the app's roster. */
export interface LatestEventRow {
  readonly type: string;
  readonly position: LogPosition;
  readonly revision: number;
}
