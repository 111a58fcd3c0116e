import type { MembershipEventFilter } from '@partner-access/client';
import type { HistoryAddress } from '../address';
import { typesOf } from './kinds';

/** The moment at which a day of the person's zone begins, some days later; null where the text is no day. */
export function startOf(day: string | null, daysLater = 0): string | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day ?? '') ?? [];
  if (year === undefined) return null;
  const start = new Date(Number(year), Number(month) - 1, Number(date) + daysLater);
  return Number.isNaN(start.getTime()) ? null : start.toISOString();
}

/** The events that the address asks for. */
export function filterOf(appId: string, { get }: HistoryAddress): MembershipEventFilter {
  const kind = get('kind');
  return {
    appId,
    userId: get('person'),
    actorId: get('actor'),
    types: kind === null ? null : typesOf(kind),
    from: startOf(get('from')),
    to: startOf(get('to'), 1),
  };
}
