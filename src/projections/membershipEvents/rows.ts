import type { LogPosition } from '../../eventstore/eventStore';

/** Place of an event in the log, and its app. */
export interface MembershipEventRow {
  readonly position: LogPosition;
  readonly appId: string;
  readonly stream: string;
  readonly revision: number;
}

/** Filter of the history. Absent or null means no restriction. An empty list or an unknown type matches nothing. */
export interface MembershipEventsFilter {
  readonly appId?: string | null | undefined;
  /** Apps of which an event must belong to one; at most 100. */
  readonly appIds?: readonly string[] | null | undefined;
  /** Users whom the event concerns; at most 100. */
  readonly userIds?: readonly string[] | null | undefined;
  /** Normalized Keap ID: matches users who were ever invited or joined under it, in all apps. */
  readonly keapIdNormalized?: string | null | undefined;
  readonly actorId?: string | null | undefined;
  /** Normalized Keap ID: matches events caused by people who hold it, or were ever invited or joined with it. */
  readonly actorKeapIdNormalized?: string | null | undefined;
  readonly types?: readonly string[] | null | undefined;
  readonly correlationId?: string | null | undefined;
  /** Start of the time range (inclusive); times are ISO 8601 in UTC with milliseconds. */
  readonly from?: string | null | undefined;
  /** End of the time range (exclusive). */
  readonly to?: string | null | undefined;
  /** Latest time (inclusive), for queries of the past. */
  readonly untilTime?: string | null | undefined;
  /** Position after which events are included (exclusive). */
  readonly afterPosition?: LogPosition | null | undefined;
  /** Last position (inclusive), for queries of the past. */
  readonly untilPosition?: LogPosition | null | undefined;
}

/** The filter matches too many users for one query. The message says how to narrow it. */
export class FilterTooWide extends Error {
  override readonly name = 'FilterTooWide';
}

/** The latest event of one type in an app's roster about a user. */
export interface LatestEventRow {
  readonly type: string;
  readonly position: LogPosition;
  readonly revision: number;
}
