import { type AccountFieldsFragment, UserContactsDocument, UserListDocument } from '@partner-access/client';
import { Alert } from '@mantine/core';
import type { ReactNode } from 'react';
import { useQuery } from 'urql';
import { fill, useLanguage } from '../../texts/language';
import { GiveContacts } from './GiveContacts';

interface Props {
  readonly account: AccountFieldsFragment;
  /** What the service found when the person wanted to leave; the account's own count before. */
  readonly found?: { readonly count: number; readonly sample: readonly string[] };
  readonly onGiven?: () => void;
}

const SAMPLE = 5;
const ADMINS = 3;

/** Says how many contacts keep the person in the app, names some, and says what to do: an admin gives them away, everybody else asks one. */
export function AssignedContacts({ account: { appId, role, assignedContactCount }, found, onGiven }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const [{ data }] = useQuery({ query: UserListDocument, variables: { appId, filter: { statuses: ['ACTIVE'], roles: ['ADMIN'] }, first: ADMINS + 1 } });
  const me = data?.app?.viewer.user?.userId;
  const [{ data: mine }] = useQuery({ query: UserContactsDocument, variables: { appId, userId: me ?? '', first: SAMPLE }, pause: me === undefined || found !== undefined });
  const count = found?.count ?? assignedContactCount;
  const sample = found?.sample ?? mine?.app?.user?.assignedContacts.nodes.map(({ contactId }) => contactId) ?? [];
  const admins = data?.app?.users.nodes.filter(({ userId }) => userId !== me).slice(0, ADMINS).map(({ name, keapId }) => name ?? keapId) ?? [];
  return (
    <Alert color="red" role="alert" my="sm" data-assigned={count}>
      <p>
        {format.plural(texts.configure.assigned, count)}
        {sample.length > 0 && ` ${format.plural(texts.configure.sample, count, { list: format.list(sample) })}`}
      </p>
      {role === 'ADMIN' && me !== undefined
        ? <GiveContacts appId={appId} userId={me} onGiven={onGiven} />
        : <p>{admins.length > 0 ? fill(texts.configure.ask, { admins: format.list(admins, 'disjunction') }) : texts.configure.askAnAdmin}</p>}
    </Alert>
  );
}
