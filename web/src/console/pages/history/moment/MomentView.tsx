import type { UserFieldsFragment, UserRole } from '@partner-access/client';
import { NativeSelect } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { useAnnounce } from '../../../parts/Announcer';
import { Empty, Failed, Loading } from '../../../parts/states';
import { fill, useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import { useHistoryAddress } from '../address';
import { PeopleList } from '../PeopleList';
import { timeOf } from './moment';
import classes from './moment.module.css';
import { MomentChoice } from './MomentChoice';
import { RosterTable } from './RosterTable';
import { useRoster } from './useRoster';
import { useSince } from './useSince';

const ROLES: readonly UserRole[] = ['ADMIN', 'STANDARD'];

/** The user list as it was at a moment, marked against now. */
export function MomentView({ appId }: { readonly appId: string }): ReactNode {
  const { texts: { kinds, roles }, format } = useLanguage();
  const { moment: texts } = useHistoryTexts();
  const { get, change } = useHistoryAddress();
  const announce = useAnnounce();
  const at = timeOf(get('at'));
  const role = ROLES.find((one) => one === get('role')) ?? null;
  const roster = useRoster(appId, at, role);
  const { loaded, error, isLoading, readAgain } = roster;
  const compared = useSince(appId, at, () => { if (at === null) readAgain(); });

  const joinedAs = ({ kind, role: now, joinedAt }: UserFieldsFragment): string => fill(texts.joinedAs, { kind: kinds[kind], role: roles[now], date: joinedAt == null ? '' : format.date(joinedAt) });
  const isCurrent = loaded !== null && loaded.at === at && !isLoading;
  // While another moment is read, the one before stays, without marks.
  const since = loaded?.at === at ? compared.since : null;
  const found = loaded && format.plural(loaded.at === null ? texts.foundNow : texts.found, loaded.totalCount, { time: loaded.at === null ? '' : format.time(loaded.at) });
  const changes = since && fill(texts.changes, { joined: format.number(since.joined.length), left: format.number(since.left.size), roles: format.number(since.roles.size) });
  const said = useRef('');
  useEffect(() => {
    if (!isCurrent || found === null || said.current === found) return;
    if (said.current !== '') announce(found);
    said.current = found;
  }, [isCurrent, found]);
  return (
    <>
      <MomentChoice appId={appId} at={at} />
      <NativeSelect label={texts.role} maw="16rem" mb="md" value={role ?? ''} data={[{ value: '', label: texts.anyRole }, ...ROLES.map((value) => ({ value, label: roles[value] }))]}
        onChange={({ currentTarget: { value } }) => change({ role: value === '' ? null : value })} />
      {error && <Failed error={error} onRetry={readAgain} />}
      {loaded === null && !error && <Loading lines={8} height={40} />}
      {loaded !== null && loaded.app === null && <Empty>{texts.before}</Empty>}
      {loaded?.app && (
        <>
          <p className={classes['found']} data-at={isCurrent ? loaded.at ?? 'now' : undefined} data-compared={isCurrent && (at === null || since !== null) || undefined}>
            {found} {changes ?? compared.error?.graphQLErrors[0]?.message}
          </p>
          {loaded.users.length === 0
            ? <Empty>{texts.nobody}</Empty>
            : <RosterTable label={fill(texts.table, { app: loaded.app.accountName })} roster={roster} users={loaded.users} totalCount={loaded.totalCount} since={since} />}
          {since && <PeopleList title={fill(texts.joinedTitle, { count: format.number(since.joined.length) })} users={since.joined} about={joinedAs} />}
        </>
      )}
    </>
  );
}
