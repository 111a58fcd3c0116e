import type { AccountFieldsFragment } from '@partner-access/client';
import { useSearchParams } from 'wouter';
import { usePerson } from './person';

interface ChosenApp {
  /** The app that the address names with `?app=`, else the first one in which the person is an admin, else their first; null when they have none. */
  readonly appId: string | null;
  /** The apps among which they choose. */
  readonly choices: readonly AccountFieldsFragment[];
  readonly choose: (appId: string) => void;
}

/** The app that a page is about. It stands in the address, so that a link leads to the same app. */
export function useChosenApp(): ChosenApp {
  const { accounts } = usePerson();
  const [search, setSearch] = useSearchParams();
  const first = accounts.find(({ role }) => role === 'ADMIN') ?? accounts[0];
  return {
    appId: search.get('app') ?? first?.appId ?? null,
    choices: accounts,
    choose: (appId) => setSearch({ app: appId }),
  };
}
