import type { MembershipEventsFilter } from './rows';
import { queryDigest } from '../paging/page';
import type { ReadModelDatabase } from '../engine/database';
import { SqlParameters } from '../engine/query';
import { type TableDefinition, versionedTable } from '../engine/projection';
import type { LogPosition } from '../../eventstore/eventStore';
import type { KeysetWalk } from '../paging/keyset';

/** Entries per block, as a power of two: 1,024. */
const BLOCK_BITS = 10;

/** An index of events in log order: which tables and indexes it has, and how its queries find things in them. */
export interface EventIndex {
  /** Name of the list, for its cursors. */
  readonly list: string;
  readonly entries: string;
  readonly blocks: string;
  /** Names of the entries' indexes. Each ends with the entry's rowid, so that it returns entries in log order. */
  readonly indexes: Readonly<Record<'app' | 'appAndType' | 'type' | 'actor' | 'correlation' | 'user', string>>;
  /** SQL of the stream's name of an entry `e`. */
  readonly stream: string;
  /** Finds the entries about a user. */
  readonly ofUser: UserSearch;
}

/** How the entries about users are found. */
interface UserSearch {
  /** Names of the columns with a user's id. */
  readonly columns: readonly string[];
  /** The ways to find the entries about a user, whose id has the placeholder `user`. */
  readonly paths: (user: string) => readonly EntryPart[];
}

/** FROM and WHERE of a query that returns entries in log order. */
export interface EntryPart {
  readonly from: string;
  readonly conditions: string;
}

/** The tables of an index of events, under the name and version of its projection. */
export const entryTables = (name: string, version: number): Pick<EventIndex, 'entries' | 'blocks' | 'indexes'> => {
  const entries = versionedTable(name, version, 'entries');
  return {
    entries,
    blocks: versionedTable(name, version, 'blocks'),
    indexes: { app: `${entries}_by_app`, appAndType: `${entries}_by_app_and_type`, type: `${entries}_by_type`, actor: `${entries}_by_actor`, correlation: `${entries}_by_correlation`, user: `${entries}_by_user` },
  };
};

/** What the entries of one index have of their own. */
interface OwnParts {
  /** Columns that say in which stream the event is. */
  readonly place: Readonly<Record<string, string>>;
  /** Columns that say which users it is about. */
  readonly users: Readonly<Record<string, string>>;
  /** Statements that create the indexes of those columns. */
  readonly also: readonly string[];
}

/** The blocks and the entries of an index of events. Rows are only added, so rowids have the order of positions. */
export function entryDefinitions({ entries, blocks, indexes }: Pick<EventIndex, 'entries' | 'blocks' | 'indexes'>, { place, users, also }: OwnParts): readonly [TableDefinition, TableDefinition] {
  return [
    /*
     * Earliest and latest time of each block's events, to skip blocks outside a time range. Times increase within a stream but
     * not within the log, since a history can be imported. The trigger of the entries maintains it.
     */
    { name: blocks, columns: { number: 'INTEGER NOT NULL', earliest: 'TEXT NOT NULL', latest: 'TEXT NOT NULL' }, primaryKey: ['number'] },
    {
      name: entries,
      columns: {
        position: 'TEXT NOT NULL', app_id: 'TEXT NOT NULL', ...place, revision: 'INTEGER NOT NULL', type: 'TEXT NOT NULL',
        occurred_at: 'TEXT NOT NULL', actor_id: 'TEXT NOT NULL', correlation_id: 'TEXT NOT NULL', ...users,
      },
      primaryKey: ['position'],
      also: [
        `CREATE INDEX ${indexes.app} ON ${entries} (app_id)`,
        `CREATE INDEX ${indexes.appAndType} ON ${entries} (app_id, type)`,
        `CREATE INDEX ${indexes.type} ON ${entries} (type)`,
        `CREATE INDEX ${indexes.actor} ON ${entries} (actor_id)`,
        `CREATE INDEX ${indexes.correlation} ON ${entries} (correlation_id)`,
        ...also,
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
    },
  ];
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
export const eventsDigest = (list: string, filter: EventsFilter): string =>
  queryDigest(
    list, filter.appId, filter.userIds, filter.keapIdNormalized, filter.actorId, filter.types, filter.correlationId,
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
export function stretchesOf(database: ReadModelDatabase, { entries, blocks }: Pick<EventIndex, 'entries' | 'blocks'>, filter: EventsFilter, walk: KeysetWalk): readonly Stretch[] {
  const { first, last } = boundsOf(database, entries, filter, walk);
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

function boundsOf(database: ReadModelDatabase, entries: string, { afterPosition, untilPosition }: EventsFilter, { backwards, from, fromInclusive, until }: KeysetWalk): Stretch {
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
