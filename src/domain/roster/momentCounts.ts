import type { Table } from './tables';

/** Digits of a moment, in milliseconds since 1970, until the year 5138. */
const DIGITS = 14;
/** Digits by which the beginnings of two levels differ. More of them make counting cheaper, and `momentsAfter` dearer. */
const STEP = 2;
const HIGHEST = 10 ** STEP - 1;

function digitsOf(at: string): string {
  const time = Date.parse(at);
  return String(Number.isNaN(time) ? 0 : Math.max(0, time)).padStart(DIGITS, '0');
}

/** Adds a moment, or takes it away again with -1. The counts are kept by each beginning of the moment's digits, so that neither costs more when there are many. */
export function countMoment(counts: Table<number>, at: string, by: 1 | -1): void {
  const digits = digitsOf(at);
  for (let length = STEP; length <= DIGITS; length += STEP) {
    const beginning = digits.slice(0, length);
    const count = (counts.get(beginning) ?? 0) + by;
    if (count === 0) counts.delete(beginning);
    else counts.set(beginning, count);
  }
}

/** Returns how many of the counted moments are after this one. */
export function momentsAfter(counts: Table<number>, at: string): number {
  const digits = digitsOf(at);
  let after = 0;
  for (let length = 0; length < DIGITS; length += STEP) {
    const beginning = digits.slice(0, length);
    for (let next = Number(digits.slice(length, length + STEP)) + 1; next <= HIGHEST; next += 1) after += counts.get(beginning + String(next).padStart(STEP, '0')) ?? 0;
  }
  return after;
}
