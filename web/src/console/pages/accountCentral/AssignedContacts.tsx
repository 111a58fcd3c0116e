import { AccountDocument, type AccountFieldsFragment, UserContactsDocument, UserListDocument } from '@partner-access/client';
import { Alert, Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useClient, useQuery } from 'urql';
import { addressOf } from '../../../server';
import { useAnnounce } from '../../parts/Announcer';
import { GiveContacts } from '../../parts/GiveContacts';
import { nameOf } from '../../parts/names';
import { fill, useLanguage } from '../../texts/language';

interface Props {
  readonly account: AccountFieldsFragment;
  /** What the service found when the person wanted to leave; the account's own count before. */
  readonly found?: { readonly count: number; readonly sample: readonly string[] };
  readonly onGiven?: () => void;
}

const SAMPLE = 5;
const ADMINS = 3;

/** Says how many contacts keep the person in the app, names some, and says what to do: an admin gives them away, everybody else asks one. */
export function AssignedContacts({ account: { appId, accountName, role, assignedContactCount }, found, onGiven }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const announce = useAnnounce();
  const client = useClient();
  const [{ data }] = useQuery({ query: UserListDocument, variables: { appId, filter: { statuses: ['ACTIVE'], roles: ['ADMIN'] }, first: ADMINS + 1 } });
  const me = data?.app?.viewer.user?.userId;
  const [{ data: mine }] = useQuery({ query: UserContactsDocument, variables: { appId, userId: me ?? '', first: SAMPLE }, pause: me === undefined || found !== undefined });
  const count = found?.count ?? assignedContactCount;
  const sample = found?.sample ?? mine?.app?.user?.assignedContacts.nodes.map(({ contactId }) => contactId) ?? [];
  const admins = data?.app?.users.nodes.filter(({ userId }) => userId !== me).slice(0, ADMINS) ?? [];
  const names = admins.map(nameOf);
  const given = async (done: string): Promise<void> => {
    announce(done);
    // The account says what keeps the person from leaving.
    await client.query(AccountDocument, { appId }, { requestPolicy: 'network-only' });
    onGiven?.();
  };
  return (
    <Alert color="red" role="alert" my="sm" data-assigned={count}>
      <p>
        {format.plural(texts.configure.assigned, count)}
        {sample.length > 0 && ` ${format.plural(texts.configure.sample, count, { list: format.list(sample) })}`}
      </p>
      {role === 'ADMIN' && me !== undefined
        ? <GiveContacts appId={appId} userId={me} hint={texts.configure.giveToHint} given={texts.configure.given} onGiven={(done) => void given(done)} />
        : <p>{names.length > 0 ? fill(texts.configure.ask, { admins: format.list(names, 'disjunction') }) : texts.configure.askAnAdmin}</p>}
      {role !== 'ADMIN' && me !== undefined && admins.length > 0 && (
        <Button component="a" variant="outline" mt="sm" href={messageTo(admins.map(({ keapId }) => keapId), fill(texts.configure.askSubject, { app: accountName }), format.plural(texts.configure.askBody, count, { app: accountName, link: addressOf(`users/${me}?app=${appId}`) }))}>
          {fill(texts.configure.writeTo, { admins: format.list(names) })}
        </Button>
      )}
    </Alert>
  );
}

/** The address of a message that the person's own mail program shows, for them to send. */
const messageTo = (addresses: readonly string[], subject: string, body: string): string =>
  `mailto:${addresses.map(encodeURIComponent).join(',')}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`;
