import type { AsOf } from './__generated__/operations.js';

/** A moment: a time, or a position in the log. */
export type Moment = Date | string;

/**
 * Builds the argument `asOf`: a `Date` becomes a time, a string is a position in the log. `null` stands for now.
 * @throws RangeError for an invalid date.
 */
export function asOf(moment: Moment): AsOf;
export function asOf(moment: Moment | null): AsOf | null;
export function asOf(moment: Moment | null): AsOf | null {
  if (moment === null) return null;
  return typeof moment === 'string' ? { position: moment } : { time: moment.toISOString() };
}

/**
 * Reads the moment back from the argument `asOf`: a time as a `Date`, a position as a string, `null` for now.
 * @throws RangeError when it has both a time and a position, or neither. The service refuses such an argument too.
 */
export function momentOf(argument: AsOf | null | undefined): Moment | null {
  if (argument == null) return null;
  const { time, position } = argument;
  if (time != null && position == null) return new Date(time);
  if (position != null && time == null) return position;
  throw new RangeError('AsOf must have either a time or a position.');
}
