import type { UserFieldsFragment } from '@partner-access/client';
import { type ReactNode, useState } from 'react';
import { Empty, Failed, Loading } from '../../../parts/states';
import { fill, useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import { useHistoryAddress } from '../address';
import classes from '../history.module.css';
import { timeOf } from '../moment/moment';
import { MomentField } from '../moment/MomentField';
import { PeopleList } from '../PeopleList';
import { useDiff } from '../useDiff';

const MONTH_MS = 30 * 24 * 60 * 60_000;

/** Who joined, who left, and whose role changed between two moments. */
export function CompareView({ appId }: { readonly appId: string }): ReactNode {
  const { texts: { kinds, roles, users: { statuses } }, format } = useLanguage();
  const { compare: texts } = useHistoryTexts();
  const { get, change } = useHistoryAddress();
  const [monthAgo] = useState(() => new Date(Date.now() - MONTH_MS).toISOString());
  const since = timeOf(get('since')) ?? monthAgo;
  const until = timeOf(get('until'));
  const isBackwards = until !== null && until < since;
  const { diff, error, readAgain } = useDiff(appId, isBackwards ? null : since, until);
  const roleBefore = new Map(diff?.roleChanged.map(({ user, from }) => [user.userId, from]));
  const dateOf = (time: string | null | undefined): string => (time == null ? '' : format.date(time));
  const facts = ({ kind, role, joinedAt, endedAt, status, userId }: UserFieldsFragment): Readonly<Record<string, string>> => ({
    kind: kinds[kind], role: roles[role], joined: dateOf(joinedAt), ended: dateOf(endedAt), status: statuses[status], from: roles[roleBefore.get(userId) ?? role],
  });
  const titled = (title: string, { length }: readonly unknown[]): string => fill(title, { count: format.number(length) });
  const isEmpty = diff !== null && diff.joined.length + diff.left.length + diff.roleChanged.length === 0;
  return (
    <>
      <div className={classes['moments']}>
        <MomentField label={texts.since} value={since} onChange={(time) => change({ since: time })} />
        <MomentField label={texts.until} value={until} onChange={(time) => change({ until: time })} />
      </div>
      {isBackwards && <Empty>{texts.backwards}</Empty>}
      {!isBackwards && error && <Failed error={error} onRetry={readAgain} />}
      {!isBackwards && !diff && !error && <Loading lines={4} height={48} />}
      {!isBackwards && diff && !error && (
        <div data-compared={`${since} ${until ?? 'now'}`}>
          {isEmpty && <Empty>{texts.same}</Empty>}
          <div data-group="joined"><PeopleList title={titled(texts.joined, diff.joined)} users={diff.joined} about={(user) => fill(texts.aboutJoined, facts(user))} /></div>
          <div data-group="left"><PeopleList title={titled(texts.left, diff.left)} users={diff.left} about={(user) => fill(texts.aboutLeft, facts(user))} /></div>
          <div data-group="roles"><PeopleList title={titled(texts.roles, diff.roleChanged)} users={diff.roleChanged.map(({ user }) => user)} about={(user) => fill(texts.aboutRole, facts(user))} /></div>
        </div>
      )}
    </>
  );
}
