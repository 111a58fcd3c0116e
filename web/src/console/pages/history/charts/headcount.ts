import type { AccessChangesQuery, SentenceFieldsFragment, UserKind, UserRole } from '@partner-access/client';

/** A change of who has access. */
export type AccessChange = AccessChangesQuery['membershipEvents']['nodes'][number] | SentenceFieldsFragment;

/** How many people had access from a moment on. */
export interface Point {
  /** In milliseconds since 1970. */
  readonly time: number;
  readonly users: number;
  readonly partners: number;
  readonly admins: number;
}

export type Series = 'users' | 'partners' | 'admins';

interface Member {
  readonly kind: UserKind;
  readonly role: UserRole;
}

/** Counts the people of an app by kind, and its admins, from the changes in the order of the log. */
export class Headcount {
  readonly #members = new Map<string, Member>();
  readonly #points: Point[] = [];
  readonly #counts = { users: 0, partners: 0, admins: 0 };

  /** One point for each time at which something changed. */
  get points(): readonly Point[] {
    return this.#points;
  }

  take(change: AccessChange): void {
    const { userId } = change;
    if (userId === null) return;
    const before = this.#members.get(userId);
    const after = memberAfter(change, before);
    if (after === undefined) this.#members.delete(userId);
    else this.#members.set(userId, after);
    this.#count(before, -1);
    this.#count(after, 1);
    const point = { time: Date.parse(change.occurredAt), ...this.#counts };
    if (this.#points.at(-1)?.time === point.time) this.#points.pop();
    this.#points.push(point);
  }

  #count(member: Member | undefined, by: 1 | -1): void {
    if (member === undefined) return;
    this.#counts[member.kind === 'USER' ? 'users' : 'partners'] += by;
    if (member.role === 'ADMIN') this.#counts.admins += by;
  }
}

function memberAfter(change: AccessChange, before: Member | undefined): Member | undefined {
  switch (change.__typename) {
    // An owner, and whoever an operator appoints, is an admin of the app's own team.
    case 'OwnerAddedEvent':
    case 'AdminAppointedEvent': return { kind: 'USER', role: 'ADMIN' };
    case 'InvitationAcceptedEvent': return { kind: change.kind, role: change.role };
    // The role of somebody who is invited changes too.
    case 'UserRoleChangedEvent': return before && { ...before, role: change.to };
    case 'PartnerLeftAppEvent':
    case 'UserRemovedEvent': return undefined;
    default: return before;
  }
}

const NOBODY = { users: 0, partners: 0, admins: 0 } as const;

/** The counts at a time. */
export function at(points: readonly Point[], time: number): Point {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((points[middle]?.time ?? Infinity) <= time) low = middle + 1;
    else high = middle;
  }
  return { ...(points[low - 1] ?? NOBODY), time };
}

/** Points of a line that is this many columns wide: the counts at the end of each column. */
export const columnsOf = (points: readonly Point[], begin: number, end: number, columns: number): readonly Point[] =>
  Array.from({ length: columns + 1 }, (_, column) => at(points, begin + ((end - begin) * column) / columns));

const DAY = 24 * 60 * 60_000;
const MOST_ROWS = 60;

/** The times that a table of this range has: beginnings of years, months or days of the person's zone; for a short one, the changes themselves. */
export function timesOf(points: readonly Point[], begin: number, end: number): readonly number[] {
  const days = (end - begin) / DAY;
  if (days <= 2) return [...points.slice(-MOST_ROWS).map(({ time }) => time), end];
  const times = [begin];
  const first = new Date(begin);
  for (let index = 1; ; index += 1) {
    const [year, month, date] = [first.getFullYear(), first.getMonth(), first.getDate()];
    const next = days > 365 * 2 ? new Date(year + index, 0, 1) : days > 60 ? new Date(year, month + index, 1) : new Date(year, month, date + index);
    if (next.getTime() >= end) return [...times, end];
    times.push(next.getTime());
  }
}
