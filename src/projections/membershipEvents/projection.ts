import { liftedEvent } from '../../domain/eventVersions';
import { normalizeKeapId } from '../../domain/keapId';
import { CONTACTS_PREFIX, ROSTER_PREFIX } from '../../domain/streams';
import { appIdOfEvent, type Projection, type RowChange, type TableDefinition, versionedTable } from '../engine/projection';
import type { MembershipEventsFilter } from './rows';
import { queryDigest } from '../paging/page';
import { type ReadModelDatabase, SqlParameters } from '../engine/database';
import type { LogPosition } from '../../eventstore/eventStore';
import type { KeysetWalk } from '../paging/keyset';

const NAME = 'membership_events';
const VERSION = 2;

/** Full names of the tables of the history. */
export const MEMBERSHIP_EVENTS_TABLES = {
  entries: versionedTable(NAME, VERSION, 'entries'),
  blocks: versionedTable(NAME, VERSION, 'blocks'),
  addresses: versionedTable(NAME, VERSION, 'addresses'),
} as const;

const { entries, blocks, addresses } = MEMBERSHIP_EVENTS_TABLES;

/** Entries per block, as a power of two: 1,024. */
const BLOCK_BITS = 10;

/** Names of the entries' indexes. Each ends with the entry's rowid, so that it returns entries in log order. */
export const ENTRY_INDEXES = {
  app: `${entries}_by_app`,
  appAndType: `${entries}_by_app_and_type`,
  type: `${entries}_by_type`,
  actor: `${entries}_by_actor`,
  correlation: `${entries}_by_correlation`,
  user: `${entries}_by_user`,
  otherUser: `${entries}_by_other_user`,
} as const;

/**
 * One row per event of an app, in log order, with the columns to filter by and the event's place in the log. The event
 * itself is read from the log. Rows are only added, so rowids have the order of positions.
 */
const entriesTable: TableDefinition = {
  name: entries,
  columns: {
    position: 'TEXT NOT NULL',
    app_id: 'TEXT NOT NULL',
    /** Name of the event's stream without the app id. */
    stream_prefix: 'TEXT NOT NULL',
    revision: 'INTEGER NOT NULL',
    type: 'TEXT NOT NULL',
    occurred_at: 'TEXT NOT NULL',
    actor_id: 'TEXT NOT NULL',
    correlation_id: 'TEXT NOT NULL',
    user_id: 'TEXT',
    /** User from whom the event took something. */
    other_user_id: 'TEXT',
  },
  primaryKey: ['position'],
  also: [
    `CREATE INDEX ${ENTRY_INDEXES.app} ON ${entries} (app_id)`,
    `CREATE INDEX ${ENTRY_INDEXES.appAndType} ON ${entries} (app_id, type)`,
    `CREATE INDEX ${ENTRY_INDEXES.type} ON ${entries} (type)`,
    `CREATE INDEX ${ENTRY_INDEXES.actor} ON ${entries} (actor_id)`,
    `CREATE INDEX ${ENTRY_INDEXES.correlation} ON ${entries} (correlation_id)`,
    `CREATE INDEX ${ENTRY_INDEXES.user} ON ${entries} (user_id, stream_prefix) WHERE user_id IS NOT NULL`,
    `CREATE INDEX ${ENTRY_INDEXES.otherUser} ON ${entries} (other_user_id) WHERE other_user_id IS NOT NULL`,
  ],
  summary: {
    triggers: [
      `CREATE TRIGGER ${entries}_added AFTER INSERT ON ${entries} BEGIN
        INSERT INTO ${blocks} (number, earliest, latest) VALUES (new.rowid >> ${BLOCK_BITS}, new.occurred_at, new.occurred_at)
        ON CONFLICT (number) DO UPDATE SET earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest);
      END`,
    ],
    atOnce: `INSERT INTO ${blocks} (number, earliest, latest) SELECT rowid >> ${BLOCK_BITS}, min(occurred_at), max(occurred_at) FROM ${entries} GROUP BY 1`,
  },
};

/**
 * Earliest and latest time of each block's events, to skip blocks outside a time range. Times increase within a stream but
 * not within the log, since a history can be imported. The trigger of the entries maintains it.
 */
const blocksTable: TableDefinition = {
  name: blocks,
  columns: { number: 'INTEGER NOT NULL', earliest: 'TEXT NOT NULL', latest: 'TEXT NOT NULL' },
  primaryKey: ['number'],
};

/** The Keap IDs under which a user was ever invited or joined. */
const addressesTable: TableDefinition = {
  name: addresses,
  columns: { keap_id_normalized: 'TEXT NOT NULL', app_id: 'TEXT NOT NULL', user_id: 'TEXT NOT NULL' },
  primaryKey: ['keap_id_normalized', 'app_id', 'user_id'],
  withoutRowId: true,
};

/** An index of all events of apps, including types and versions that this program does not know. */
export const membershipEventsProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [blocksTable, entriesTable, addressesTable],
  streamPrefixes: [ROSTER_PREFIX, CONTACTS_PREFIX],
  apply(event) {
    const { data } = liftedEvent(event) ?? event;
    const appId = appIdOfEvent(event);
    const userId = textIn(data, 'userId');
    const entry: RowChange = {
      kind: 'upsert',
      table: entries,
      row: {
        position: event.position, app_id: appId, stream_prefix: event.stream.slice(0, -appId.length), revision: event.revision, type: event.type,
        occurred_at: event.occurredAt, actor_id: event.metadata.actorId, correlation_id: event.metadata.correlationId,
        user_id: userId, other_user_id: textIn(data, 'fromUserId'),
      },
    };
    const keapId = userId === null ? null : textIn(fieldIn(data, 'person'), 'keapId');
    if (userId === null || keapId === null) return [entry];
    return [entry, { kind: 'upsert', table: addresses, row: { keap_id_normalized: normalizeKeapId(keapId), app_id: appId, user_id: userId } }];
  },
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const fieldIn = (data: unknown, field: string): unknown => (isObject(data) ? data[field] : undefined);

function textIn(data: unknown, field: string): string | null {
  const value = fieldIn(data, field);
  return typeof value === 'string' ? value : null;
}

/** A filter in which null means no restriction. */
export type EventsFilter = { readonly [K in keyof MembershipEventsFilter]-?: NonNullable<MembershipEventsFilter[K]> | null };

/** Converts a filter to a form with null for absent fields, and sorted types without duplicates. */
export const normalizeEventsFilter = (filter: MembershipEventsFilter): EventsFilter => ({
  appId: filter.appId ?? null,
  appIds: filter.appIds ? [...new Set(filter.appIds)].sort() : null,
  userIds: filter.userIds ?? null,
  keapIdNormalized: filter.keapIdNormalized ?? null,
  actorId: filter.actorId ?? null,
  actorKeapIdNormalized: filter.actorKeapIdNormalized ?? null,
  types: filter.types ? [...new Set(filter.types)].sort() : null,
  correlationId: filter.correlationId ?? null,
  from: filter.from ?? null,
  to: filter.to ?? null,
  untilTime: filter.untilTime ?? null,
  afterPosition: filter.afterPosition ?? null,
  untilPosition: filter.untilPosition ?? null,
});

/** Digest of the list of events that match the filter, for cursors. */
export const eventsDigest = (filter: EventsFilter): string =>
  queryDigest(
    'membershipEvents', filter.appId, filter.userIds, filter.keapIdNormalized, filter.actorId, filter.types, filter.correlationId,
    filter.from, filter.to, filter.untilTime, filter.afterPosition, filter.untilPosition,
    // Appended only when given, so that cursors of filters without them stay valid.
    ...(filter.appIds === null && filter.actorKeapIdNormalized === null ? [] : [filter.appIds, filter.actorKeapIdNormalized]),
  );

/** Returns the SQL conditions of the comparisons whose value is not null. */
export const conditionsOf = (parameters: SqlParameters, ...comparisons: readonly (readonly [comparison: string, value: string | null])[]): readonly string[] =>
  comparisons.flatMap(([comparison, value]) => (value === null ? [] : [`${comparison} ${parameters.add(value)}`]));


/** A range of entries by rowid; both ends are included. */
export interface Stretch {
  readonly first: number;
  readonly last: number;
}

/**
 * Returns the stretches of entries that can match the filter's positions and times, in the order of the walk. It skips
 * blocks outside the time range; the times of the remaining entries still have to be checked.
 */
export function stretchesOf(database: ReadModelDatabase, filter: EventsFilter, walk: KeysetWalk): readonly Stretch[] {
  const { first, last } = boundsOf(database, filter, walk);
  if (first > last) return [];
  const parameters = new SqlParameters();
  const times = conditionsOf(parameters, ['latest >=', filter.from], ['earliest <', filter.to], ['earliest <=', filter.untilTime]);
  if (times.length === 0) return [{ first, last }];
  const within = `number BETWEEN ${parameters.add(first)} >> ${BLOCK_BITS} AND ${parameters.add(last)} >> ${BLOCK_BITS}`;
  const islands = database.all<Stretch>(
    `SELECT min(number) << ${BLOCK_BITS} AS first, ((max(number) + 1) << ${BLOCK_BITS}) - 1 AS last
      FROM (SELECT number, number - row_number() OVER (ORDER BY number) AS island FROM ${blocks} WHERE ${[within, ...times].join(' AND ')})
      GROUP BY island ORDER BY first ${walk.backwards ? 'DESC' : 'ASC'}`,
    parameters.values,
  );
  return islands.map((island) => ({ first: Math.max(island.first, first), last: Math.min(island.last, last) }));
}

function boundsOf(database: ReadModelDatabase, { afterPosition, untilPosition }: EventsFilter, { backwards, from, fromInclusive, until }: KeysetWalk): Stretch {
  /** Rowid of the last entry before the position (`<`) or up to it (`<=`); 0 when there is none. */
  const numberOf = (operator: '<' | '<=', position: LogPosition): number =>
    database.get<{ readonly number: number }>(`SELECT rowid AS number FROM ${entries} WHERE position ${operator} ? ORDER BY position DESC LIMIT 1`, [position])?.number ?? 0;
  const [lower, upper] = backwards ? [until, from] : [from, until];
  const [lowerIncluded, upperIncluded] = backwards ? [false, fromInclusive] : [fromInclusive, false];
  return {
    first: Math.max(
      afterPosition === null ? 1 : numberOf('<=', afterPosition) + 1,
      lower === null ? 1 : numberOf(lowerIncluded ? '<' : '<=', lower.id) + 1,
    ),
    last: Math.min(
      untilPosition === null ? Number.MAX_SAFE_INTEGER : numberOf('<=', untilPosition),
      upper === null ? Number.MAX_SAFE_INTEGER : numberOf(upperIncluded ? '<=' : '<', upper.id),
    ),
  };
}
