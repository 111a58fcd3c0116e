import { useSearchParams } from 'wouter';

/** What the address of the history says, beside the app. A link leads to the same view with the same filters. */
type Part = 'view' | 'person' | 'kind' | 'from' | 'to' | 'actor' | 'event' | 'at' | 'role' | 'since' | 'until';

/** The address of the page, as far as it is about the history. */
export interface HistoryAddress {
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

/** The address of the history, and ways to change it. */
export function useHistoryAddress(): HistoryAddress {
  const [search, setSearch] = useSearchParams();
  return {
    get: (part) => search.get(part),
    hrefOf: (changes) => `/history?${changed(search, changes).toString()}`,
    change: (changes) => setSearch((now) => changed(now, changes), { replace: true }),
  };
}
