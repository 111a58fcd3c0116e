import type { EntryPart, EventIndex, EventsFilter } from './entries';
import type { ReadModelDatabase } from '../engine/database';
import { SqlParameters } from '../engine/query';

/** Up to this number the entries that match a condition are counted. */
const MOST_COUNTED = 1_000;

/** One condition of a filter: queries that find its entries through an index, and the condition for entries found in another way. */
interface Path {
  parts(parameters: SqlParameters): readonly EntryPart[];
  condition(parameters: SqlParameters): string;
}

/** Builds the queries that find the entries; none when nothing can match. */
export type EntrySelection = (parameters: SqlParameters) => readonly EntryPart[];

/** The people of a filter; null for no restriction. */
export interface FilteredPeople {
  readonly userIds: readonly string[] | null;
  /** People with the filter's Keap ID of an actor. */
  readonly actorIds: readonly string[] | null;
}

/**
 * Plans how to find the entries of a filter, apart from its times and positions: through the index of the condition with the
 * fewest entries. The other conditions are checked on each of these.
 */
export function selectEntries(database: ReadModelDatabase, index: EventIndex, filter: EventsFilter, people: FilteredPeople): EntrySelection {
  if ([filter.types, filter.appIds, people.userIds, people.actorIds].some((list) => list?.length === 0)) return () => [];
  const paths = pathsOf(index, filter, people);
  const best = shortest(database, paths);
  if (!best) return () => [{ from: index.entries, conditions: 'TRUE' }];
  const others = paths.filter((path) => path !== best);
  return (parameters) => {
    const rest = others.map((path) => ` AND ${path.condition(parameters)}`).join('');
    return best.parts(parameters).map(({ from, conditions }) => ({ from, conditions: conditions + rest }));
  };
}

function pathsOf({ entries, indexes, ofUser }: EventIndex, filter: EventsFilter, { userIds, actorIds }: FilteredPeople): readonly Path[] {
  const { correlationId, actorId, appIds } = filter;
  const through = (index: string): string => `${entries} INDEXED BY ${index}`;
  return [
    ...(correlationId === null ? [] : [equal('correlation_id', through(indexes.correlation), correlationId)]),
    ...(userIds === null ? [] : [ofUsers(ofUser, userIds)]),
    ...(actorId === null ? [] : [equal('actor_id', through(indexes.actor), actorId)]),
    ...(actorIds === null ? [] : [among('actor_id', through(indexes.actor), actorIds)]),
    ...(appIds === null ? [] : [among('app_id', through(indexes.app), appIds)]),
    ...ofAppAndTypes(filter, { app: through(indexes.app), type: through(indexes.type), appAndType: through(indexes.appAndType) }),
  ];
}

function equal(column: string, from: string, value: string): Path {
  const condition = (parameters: SqlParameters): string => `${column} = ${parameters.add(value)}`;
  return { condition, parts: (parameters) => [{ from, conditions: condition(parameters) }] };
}

function among(column: string, from: string, values: readonly string[]): Path {
  return {
    condition: (parameters) => `${column} IN (${values.map((value) => parameters.add(value)).join(', ')})`,
    parts: (parameters) => values.map((value) => ({ from, conditions: `${column} = ${parameters.add(value)}` })),
  };
}

function ofUsers({ columns, paths }: EventIndex['ofUser'], userIds: readonly string[]): Path {
  return {
    condition(parameters) {
      const users = userIds.map((userId) => parameters.add(userId)).join(', ');
      return `(${columns.map((column) => `${column} IN (${users})`).join(' OR ')})`;
    },
    parts: (parameters) => userIds.flatMap((userId) => paths(parameters.add(userId))),
  };
}

function ofAppAndTypes({ appId, types }: EventsFilter, through: Readonly<Record<'app' | 'type' | 'appAndType', string>>): readonly Path[] {
  if (types === null) return appId === null ? [] : [equal('app_id', through.app, appId)];
  const inApp = (parameters: SqlParameters): string => (appId === null ? '' : `app_id = ${parameters.add(appId)} AND `);
  const from = appId === null ? through.type : through.appAndType;
  return [
    {
      condition: (parameters) => `${inApp(parameters)}type IN (${types.map((type) => parameters.add(type)).join(', ')})`,
      parts(parameters) {
        const app = inApp(parameters);
        return types.map((type) => ({ from, conditions: `${app}type = ${parameters.add(type)}` }));
      },
    },
  ];
}

/** Returns the path with the fewest entries, counted up to 1,000; the first of several. Undefined without paths. */
function shortest(database: ReadModelDatabase, paths: readonly Path[]): Path | undefined {
  if (paths.length < 2) return paths[0];
  const parameters = new SqlParameters();
  const counts = paths.map((path, index) => {
    const found = path.parts(parameters).map(({ from, conditions }) => `SELECT 1 FROM ${from} WHERE ${conditions}`);
    return `SELECT ${index} AS path, count(*) AS length FROM (SELECT 1 FROM (${found.join(' UNION ALL ')}) LIMIT ${MOST_COUNTED})`;
  });
  const [first] = database.all<{ readonly path: number; readonly length: number }>(`${counts.join(' UNION ALL ')} ORDER BY length, path`, parameters.values);
  return first && paths[first.path];
}
