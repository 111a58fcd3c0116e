import { CONTACTS_PREFIX, ROSTER_PREFIX } from '../domain/streamNames';
import type { EventsFilter } from './membershipEventsFilter';
import { ENTRY_INDEXES, MEMBERSHIP_EVENTS_TABLES } from './membershipEventsProjection';
import type { ReadModelDatabase } from './readModelDatabase';
import { SqlParameters } from './sqlParameters';

const { entries } = MEMBERSHIP_EVENTS_TABLES;

/** So far is counted how many entries a condition lets through. */
const MOST_COUNTED = 1_000;

/** Some entries, in log order: the FROM and the WHERE of what finds them. */
export interface EntryPart {
  readonly from: string;
  readonly conditions: string;
}

/** One of a filter's conditions: as what finds its entries through an index, in parts, and as what is asked of an entry found in another way. */
interface Path {
  parts(parameters: SqlParameters): readonly EntryPart[];
  condition(parameters: SqlParameters): string;
}

/** Gives the parts; none when nothing can be found. */
export type EntrySelection = (parameters: SqlParameters) => readonly EntryPart[];

/**
 * How the entries of a filter are found, its times and positions aside: through the index of whichever condition lets
 * the fewest through; the others are asked of each of those.
 * @param userIds the users that the filter means; null when it is about everybody.
 */
export function selectEntries(database: ReadModelDatabase, filter: EventsFilter, userIds: readonly string[] | null): EntrySelection {
  if (filter.types?.length === 0 || userIds?.length === 0) return () => [];
  const paths = pathsOf(filter, userIds);
  const best = shortest(database, paths);
  if (!best) return () => [{ from: entries, conditions: 'TRUE' }];
  const others = paths.filter((path) => path !== best);
  return (parameters) => {
    const rest = others.map((path) => ` AND ${path.condition(parameters)}`).join('');
    return best.parts(parameters).map(({ from, conditions }) => ({ from, conditions: conditions + rest }));
  };
}

function pathsOf(filter: EventsFilter, userIds: readonly string[] | null): readonly Path[] {
  const { correlationId, actorId } = filter;
  return [
    ...(correlationId === null ? [] : [equal('correlation_id', ENTRY_INDEXES.correlation, correlationId)]),
    ...(userIds === null ? [] : [ofUsers(userIds)]),
    ...(actorId === null ? [] : [equal('actor_id', ENTRY_INDEXES.actor, actorId)]),
    ...ofAppAndTypes(filter),
  ];
}

const through = (index: string): string => `${entries} INDEXED BY ${index}`;

function equal(column: string, index: string, value: string): Path {
  const condition = (parameters: SqlParameters): string => `${column} = ${parameters.add(value)}`;
  return { condition, parts: (parameters) => [{ from: through(index), conditions: condition(parameters) }] };
}

function ofUsers(userIds: readonly string[]): Path {
  return {
    condition(parameters) {
      const among = userIds.map((userId) => parameters.add(userId)).join(', ');
      return `(user_id IN (${among}) OR other_user_id IN (${among}))`;
    },
    parts: (parameters) =>
      userIds.flatMap((userId) => {
        const user = parameters.add(userId);
        return [
          { from: through(ENTRY_INDEXES.user), conditions: `user_id = ${user} AND stream_prefix = '${ROSTER_PREFIX}'` },
          { from: through(ENTRY_INDEXES.user), conditions: `user_id = ${user} AND stream_prefix = '${CONTACTS_PREFIX}'` },
          { from: through(ENTRY_INDEXES.otherUser), conditions: `other_user_id = ${user}` },
        ];
      }),
  };
}

function ofAppAndTypes({ appId, types }: EventsFilter): readonly Path[] {
  if (types === null) return appId === null ? [] : [equal('app_id', ENTRY_INDEXES.app, appId)];
  const inApp = (parameters: SqlParameters): string => (appId === null ? '' : `app_id = ${parameters.add(appId)} AND `);
  const from = through(appId === null ? ENTRY_INDEXES.type : ENTRY_INDEXES.appAndType);
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

/** The path of the fewest entries, as far as they are counted; of equals the first. Undefined when there is none. */
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
