import { AccountCentralChangedDocument, AccountCentralDocument, type AccountFieldsFragment, type ReceivedInvitationFieldsFragment, ViewerDocument } from '@partner-access/client';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { useQuery, useSubscription } from 'urql';
import { Failed, Loading } from '../parts/states';

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
  readonly invitations: readonly ReceivedInvitationFieldsFragment[];
}

const PersonContext = createContext<Person | null>(null);

/** Loads who is signed in and follows their Account Central, so that every page shows at once what others change. */
export function PersonProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [{ data: who, error: whoFailed }] = useQuery({ query: ViewerDocument });
  const [{ data, error }, read] = useQuery({ query: AccountCentralDocument, variables: { first: ACCOUNTS_PER_PAGE } });
  useSubscription({ query: AccountCentralChangedDocument, variables: { first: ACCOUNTS_PER_PAGE } });
  const person = useMemo((): Person | null => (who && data ? {
    keapId: who.viewer.keapId,
    name: who.viewer.name ?? who.viewer.keapId,
    isOperator: who.viewer.scopes.includes('operator'),
    isAuditor: who.viewer.scopes.includes('auditor'),
    accounts: data.accountCentral.accounts.nodes,
    invitations: data.accountCentral.invitations,
  } : null), [who, data]);
  if (person !== null) return <PersonContext value={person}>{children}</PersonContext>;
  const failure = whoFailed ?? error;
  return failure ? <Failed error={failure} onRetry={() => read({ requestPolicy: 'network-only' })} /> : <Loading />;
}

/** Who uses the console. */
export function usePerson(): Person {
  const person = useContext(PersonContext);
  if (person === null) throw new Error('usePerson needs a PersonProvider around it.');
  return person;
}
