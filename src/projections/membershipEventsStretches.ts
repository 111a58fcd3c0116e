import type { LogPosition } from '../eventstore/eventStore';
import type { KeysetWalk } from './keysetPage';
import { conditionsOf, type EventsFilter } from './membershipEventsFilter';
import { BLOCK_BITS, MEMBERSHIP_EVENTS_TABLES } from './membershipEventsProjection';
import type { ReadModelDatabase } from './readModelDatabase';
import { SqlParameters } from './sqlParameters';

const { entries, blocks } = MEMBERSHIP_EVENTS_TABLES;

/** Entries that stand side by side: the first and the last number, both included. */
export interface Stretch {
  readonly first: number;
  readonly last: number;
}

/**
 * The stretches of the log in which a walk can meet events that the filter's positions and times let through, in the
 * order of the walk. Whole blocks without such a time are left out; within the rest each entry is still to be asked.
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
  /** The number of the last entry before the position, or up to and with it; 0 when there is none. */
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
