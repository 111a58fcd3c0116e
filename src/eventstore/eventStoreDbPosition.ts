import type { Position } from '@eventstore/db-client';
import { START, type LogPosition } from './eventStore';

/** Enough for every unsigned number of 64 bits, so that positions compare as strings as they do as numbers. */
const DIGITS = 20;
const SHAPE = /^(\d{20})-(\d{20})$/;

/** The text of a place in the server's log: its commit position, then its prepare position. */
export const formatPosition = ({ commit, prepare }: Position): LogPosition => `${padded(commit)}-${padded(prepare)}`;

/**
 * The place that a position names; null for `START`.
 * @throws RangeError when the text is not a position of this store.
 */
export function parsePosition(position: LogPosition): Position | null {
  if (position === START) return null;
  const [, commit, prepare] = SHAPE.exec(position) ?? [];
  if (commit === undefined || prepare === undefined) {
    throw new RangeError(`"${position}" is no position of this store: it has twice ${DIGITS} digits with a - between, or is empty for the start`);
  }
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
}

const padded = (number: bigint): string => String(number).padStart(DIGITS, '0');
