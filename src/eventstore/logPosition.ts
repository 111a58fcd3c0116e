import { START, type LogPosition } from './eventStore';

/** Enough for every safe integer, so that positions of one width compare as their numbers do. */
const DIGITS = 16;
const SHAPE = /^\d{16}$/;

/** The position of the log's n-th event, n from 1. */
export const formatPosition = (number: number): LogPosition => String(number).padStart(DIGITS, '0');

/**
 * The number in a position; 0 for `START`.
 * @throws RangeError when the text is not a position of this store.
 */
export function parsePosition(position: LogPosition): number {
  if (position === START) return 0;
  const number = SHAPE.test(position) ? Number(position) : NaN;
  if (!Number.isSafeInteger(number)) throw new RangeError(`"${position}" is no position of this store: it has ${DIGITS} digits, or is empty for the start`);
  return number;
}
