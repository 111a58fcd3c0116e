import type { UserFieldsFragment, UserOrderField, UserStatus } from '@partner-access/client';
import { Alert, Anchor, Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import { usePerson } from '../../app/person';
import { useAnnounce } from '../../parts/Announcer';
import { Page } from '../../parts/Page';
import { Empty, Failed, Loading, NoRight } from '../../parts/states';
import { fill, useLanguage } from '../../texts/language';
import { AddPartner } from './AddPartner';
import { AddUsers } from './AddUsers';
import { LicenceMeter } from './LicenceMeter';
import classes from './users.module.css';
import { UserTable } from './UserTable';
import { nameOf } from '../../parts/names';
import { useUserList } from './useUserList';

const STATUSES: readonly UserStatus[] = ['ACTIVE', 'INVITED', 'EXPIRED', 'DECLINED', 'REVOKED', 'LEFT', 'REMOVED'];
const OPEN: readonly UserStatus[] = ['ACTIVE', 'INVITED'];
const ORDERS: readonly UserOrderField[] = ['NAME', 'KEAP_ID', 'JOINED_AT', 'INVITED_AT'];
const SEARCH_PAUSE_MS = 200;
const MAX_SEARCH = 254;

type Filter = UserStatus | 'open' | 'all';

const statusesOf = (filter: Filter): UserStatus[] => (filter === 'open' ? [...OPEN] : filter === 'all' ? [...STATUSES] : [filter]);
const isLatestFirst = (field: UserOrderField): boolean => field === 'JOINED_AT' || field === 'INVITED_AT';

/** The people of one app. */
export function UsersOfApp({ appId }: { readonly appId: string }): ReactNode {
  const { texts, format } = useLanguage();
  const { keapId } = usePerson();
  const announce = useAnnounce();
  const [filter, setFilter] = useState<Filter>('open');
  const [typed, setTyped] = useState('');
  const [field, setField] = useState<UserOrderField>('NAME');
  const [search] = useDebouncedValue(typed, SEARCH_PAUSE_MS);
  const [done, setDone] = useState<string | null>(null);
  const [dialog, setDialog] = useState<'users' | 'partner' | null>(null);
  const question = useMemo(() => ({
    appId,
    filter: { statuses: statusesOf(filter), ...(search.trim() === '' ? {} : { search: search.trim() }) },
    orderBy: { field, direction: isLatestFirst(field) ? 'DESC' as const : 'ASC' as const },
  }), [appId, filter, search, field]);
  const list = useUserList(question, keapId, (user: UserFieldsFragment) => {
    announce(fill(texts.users.changed, { name: nameOf(user), status: texts.users.statuses[user.status] }));
  });
  const { loaded, error, isForbidden, isLoading } = list;

  const total = loaded?.totalCount;
  const announced = useRef(question);
  useEffect(() => {
    if (isLoading || total === undefined || announced.current === question) return;
    announced.current = question;
    announce(format.plural(texts.users.found, total));
  }, [isLoading, total, question]);

  if (isForbidden) return <NoRight keapId={keapId} />;
  const counts = new Map(loaded?.statusCounts.map(({ status, count }) => [status, count]));
  const counted = (status: string, of: Filter): string =>
    (loaded ? fill(texts.users.counted, { status, count: format.number(statusesOf(of).reduce((sum, one) => sum + (counts.get(one) ?? 0), 0)) }) : status);
  const may = loaded?.app.viewer.may ?? [];
  const tell = (what: string): void => {
    setDone(what);
    announce(what);
    setDialog(null);
    list.refresh();
  };
  const close = (): void => setDialog(null);
  const actions = (
    <Group gap="xs">
      {may.includes('INVITE_USER') && <Button variant="default" onClick={() => setDialog('users')}>{texts.users.addUsers}</Button>}
      {may.includes('INVITE_PARTNER') && <Button onClick={() => setDialog('partner')}>{texts.users.addPartner}</Button>}
    </Group>
  );
  return (
    <Page title={texts.users.title} actions={actions}>
      {done !== null && <Alert role="status" mb="md" withCloseButton closeButtonLabel={texts.close} onClose={() => setDone(null)}>{done}</Alert>}
      {loaded && <LicenceMeter licences={loaded.app.licences} />}
      <div className={classes['tools']}>
        <NativeSelect label={texts.users.filter} value={filter} onChange={({ currentTarget }) => setFilter(currentTarget.value as Filter)}
          data={[{ value: 'open', label: counted(texts.users.open, 'open') }, ...STATUSES.map((status) => ({ value: status, label: counted(texts.users.statuses[status], status) })), { value: 'all', label: counted(texts.users.all, 'all') }]} />
        <TextInput type="search" label={texts.users.search} placeholder={texts.users.searchHint} maxLength={MAX_SEARCH} value={typed} onChange={({ currentTarget }) => setTyped(currentTarget.value)} />
        <NativeSelect label={texts.users.order} value={field} onChange={({ currentTarget }) => setField(currentTarget.value as UserOrderField)}
          data={ORDERS.map((value) => ({ value, label: texts.users.orders[value] }))} />
      </div>
      {list.isOutdated && <Alert role="status" mb="md">{texts.users.moreChanged} <Button size="compact-sm" variant="outline" onClick={list.readAgain}>{texts.users.readAgain}</Button></Alert>}
      {error && <Failed error={error} onRetry={list.readAgain} />}
      {!loaded && !error && <Loading lines={6} height={56} />}
      {loaded && (
        <>
          <p className={classes['found']} data-found={loaded.totalCount} aria-busy={isLoading}>{format.plural(texts.users.found, loaded.totalCount)}</p>
          {may.includes('READ_HISTORY') && <p className={classes['past']}><Anchor underline="always" component={Link} href={`/history?app=${encodeURIComponent(appId)}&view=users`}>{texts.users.past}</Anchor></p>}
          {loaded.users.length === 0
            ? <Empty>{texts.users.empty}</Empty>
            : <UserTable app={loaded.app} users={loaded.users} totalCount={loaded.totalCount} changed={list.changed} mayReadMore={!isLoading && error === null} onEnd={list.readMore} onDone={tell} />}
          <AddPartner app={loaded.app} isOpen={dialog === 'partner'} onClose={close} onDone={tell} />
          <AddUsers app={loaded.app} isOpen={dialog === 'users'} onClose={close} />
        </>
      )}
    </Page>
  );
}
