import { AccountCentralChangedDocument, AccountCentralDocument, AccountDocument, type AccountFieldsFragment, type ReceivedInvitationFieldsFragment, ViewerDocument } from '@partner-access/client';
import { VisuallyHidden } from '@mantine/core';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { type CombinedError, useQuery, useSubscription } from 'urql';
import { Failed, Loading } from '../parts/states';
import { useLanguage } from '../texts/language';
import { Shell } from './Shell';

/** The accounts of a page of Account Central. With more, the list offers the next page. */
export const ACCOUNTS_PER_PAGE = 100;

/** Who uses the console, and what they have access to now. */
export interface Person {
  readonly keapId: string;
  readonly name: string;
  readonly isOperator: boolean;
  readonly isAuditor: boolean;
  /** Their apps, as far as they were loaded. */
  readonly accounts: readonly AccountFieldsFragment[];
  /** Whether they have further apps, which `useAccount` finds. */
  readonly hasMoreAccounts: boolean;
  readonly invitations: readonly ReceivedInvitationFieldsFragment[];
}

const PersonContext = createContext<Person | null>(null);

/** Loads who is signed in and follows their Account Central, so that every page shows at once what others change. */
export function PersonProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const { texts } = useLanguage();
  const [{ data: who, error: whoFailed }] = useQuery({ query: ViewerDocument });
  const [{ data, error }, read] = useQuery({ query: AccountCentralDocument, variables: { first: ACCOUNTS_PER_PAGE } });
  useSubscription({ query: AccountCentralChangedDocument, variables: { first: ACCOUNTS_PER_PAGE } });
  const person = useMemo((): Person | null => (who && data ? {
    keapId: who.viewer.keapId,
    name: who.viewer.name ?? who.viewer.keapId,
    isOperator: who.viewer.scopes.includes('operator'),
    isAuditor: who.viewer.scopes.includes('auditor'),
    accounts: data.accountCentral.accounts.nodes,
    hasMoreAccounts: data.accountCentral.accounts.pageInfo.hasNextPage,
    invitations: data.accountCentral.invitations,
  } : null), [who, data]);
  if (person !== null) return <PersonContext value={person}>{children}</PersonContext>;
  const failure = whoFailed ?? error;
  return <Shell><VisuallyHidden component="h1">{texts.name}</VisuallyHidden>{failure ? <Failed error={failure} onRetry={() => read({ requestPolicy: 'network-only' })} /> : <Loading />}</Shell>;
}

/** Who uses the console. */
export function usePerson(): Person {
  const person = useContext(PersonContext);
  if (person === null) throw new Error('usePerson needs a PersonProvider around it.');
  return person;
}

/** One app of the person. Null when they have no access to it; undefined while that is not known yet, or when it could not be read. */
export function useAccount(appId: string): { readonly account: AccountFieldsFragment | null | undefined; readonly error: CombinedError | undefined; readonly read: () => void } {
  const { accounts, hasMoreAccounts } = usePerson();
  const loaded = accounts.find((account) => account.appId === appId);
  const isElsewhere = loaded === undefined && hasMoreAccounts;
  const [{ data, error, fetching }, read] = useQuery({ query: AccountDocument, variables: { appId }, pause: !isElsewhere });
  const found = data?.viewer.account ?? (fetching || data === undefined ? undefined : null);
  return { account: loaded ?? (isElsewhere ? found : null), error: isElsewhere ? error : undefined, read: () => { read({ requestPolicy: 'network-only' }); } };
}
