import { useLocation, useSearchParams } from 'wouter';

/** What the address of a list of events says. A link leads to the same view with the same filters. */
type Part = 'app' | 'by' | 'view' | 'person' | 'kind' | 'from' | 'to' | 'actor' | 'event' | 'at' | 'role' | 'since' | 'until';

/** The page with what operators and auditors did. */
const ADMINISTRATION = '/administration';

/** The address of the page, as far as it is about events. */
export interface HistoryAddress {
  /** Whether the page lists what operators and auditors did, and not the history of an app. */
  readonly isAdministration: boolean;
  /** A part of the address; null where it does not say it. */
  readonly get: (part: Part) => string | null;
  /** The address with other parts; null takes one out. */
  readonly hrefOf: (changes: Changes) => string;
  /** Goes there in place of this address. */
  readonly change: (changes: Changes) => void;
}

type Changes = Readonly<Partial<Record<Part, string | null>>>;

function changed(search: URLSearchParams, changes: Changes): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [part, value] of Object.entries(changes)) {
    if (value === null) next.delete(part);
    else next.set(part, value);
  }
  return next;
}

/** The address of a list of events, and ways to change it. */
export function useHistoryAddress(): HistoryAddress {
  const [path] = useLocation();
  const [search, setSearch] = useSearchParams();
  const isAdministration = path === ADMINISTRATION;
  return {
    isAdministration,
    get: (part) => search.get(part),
    hrefOf: (changes) => `${isAdministration ? ADMINISTRATION : '/history'}?${changed(search, changes).toString()}`,
    change: (changes) => setSearch((now) => changed(now, changes), { replace: true }),
  };
}
