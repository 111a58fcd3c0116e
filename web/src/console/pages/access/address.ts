import type { AccessPeriodsQueryVariables, UserKind, UserRole } from '@partner-access/client';
import { useSearchParams } from 'wouter';

/** What the address of the page says. A link leads to the same list. */
type Part = 'app' | 'keapId' | 'role' | 'kind' | 'from' | 'to';

const PARTS: readonly Part[] = ['app', 'keapId', 'role', 'kind', 'from', 'to'];

type Changes = Readonly<Partial<Record<Part, string | null>>>;

/** The filters, which stand in the address. */
export interface AccessAddress {
  readonly get: (part: Part) => string | null;
  readonly change: (changes: Changes) => void;
  readonly clear: () => void;
  readonly isFiltered: boolean;
}

/** The filters of the page, and ways to change them. */
export function useAccessAddress(): AccessAddress {
  const [search, setSearch] = useSearchParams();
  const change = (changes: Changes): void => {
    setSearch((now) => {
      const next = new URLSearchParams(now);
      for (const [part, value] of Object.entries(changes)) {
        if (value === null || value === '') next.delete(part);
        else next.set(part, value);
      }
      return next;
    }, { replace: true });
  };
  return {
    get: (part) => search.get(part),
    change,
    clear: () => change({ app: null, keapId: null, role: null, kind: null, from: null, to: null }),
    isFiltered: PARTS.some((part) => search.get(part) !== null),
  };
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const DAY_MS = 24 * 60 * 60 * 1000;

const ROLES: readonly UserRole[] = ['ADMIN', 'STANDARD'];
const KINDS: readonly UserKind[] = ['USER', 'PARTNER'];

/** The beginning of a day in UTC, or that of the day after; null for what is no day. */
function dayOf(text: string | null, later: 0 | 1): string | null {
  const time = text !== null && DAY.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? null : new Date(time + later * DAY_MS).toISOString();
}

/** The question that the address asks. What it does not understand restricts nothing. */
export function questionOf({ get }: Pick<AccessAddress, 'get'>): AccessPeriodsQueryVariables {
  const [app, keapId] = [get('app'), get('keapId')];
  const [role, kind] = [ROLES.find((one) => one === get('role')), KINDS.find((one) => one === get('kind'))];
  const [from, to] = [dayOf(get('from'), 0), dayOf(get('to'), 1)];
  return {
    ...(app === null ? {} : { appIds: [app] }), ...(keapId === null ? {} : { keapId }), ...(role === undefined ? {} : { roles: [role] }), ...(kind === undefined ? {} : { kinds: [kind] }),
    ...(from === null ? {} : { from }), ...(to === null ? {} : { to }),
  };
}

/** Before anything happened, for a list without a beginning. */
const EVER = '1970-01-01T00:00:00.000Z';

/** Where the file with the same list is. A list without a time has all of it. */
export function fileOf({ get }: Pick<AccessAddress, 'get'>): string {
  const { appIds, keapId, roles, kinds, from, to } = questionOf({ get });
  const given: Readonly<Record<string, unknown>> = { app: [appIds ?? []].flat()[0], keapId, role: [roles ?? []].flat()[0], kind: [kinds ?? []].flat()[0], from: from ?? EVER, to: to ?? new Date(Date.now() + DAY_MS).toISOString() };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) if (typeof value === 'string') query.set(name, value);
  return `export/access.csv?${query.toString()}`;
}

/** Today in UTC, as the address has days. */
export const today = (): string => new Date().toISOString().slice(0, 10);
