import type { UserFieldsFragment } from '@partner-access/client';
import { Anchor, Badge } from '@mantine/core';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { useChosenApp } from '../../../app/chosenApp';
import { fill, useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import classes from './moment.module.css';
import type { Roster } from './useRoster';
import type { Since } from './useSince';

interface Props {
  readonly label: string;
  readonly roster: Roster;
  readonly users: readonly UserFieldsFragment[];
  readonly totalCount: number;
  readonly since: Since | null;
}

const COLUMNS = ['name', 'keapId', 'role', 'status', 'joined', 'since'] as const;
const ROW_HEIGHT = 48;
const AHEAD = 30;

/** The user list as it was, with what has become of each one since. The rows in sight exist. */
export function RosterTable({ label, roster: { isLoading, error, readMore }, users, totalCount, since }: Props): ReactNode {
  const { moment: { columns } } = useHistoryTexts();
  const rows = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  // What is above the list comes and goes.
  useLayoutEffect(() => {
    if (rows.current !== null) setTop(Math.round(rows.current.getBoundingClientRect().top + window.scrollY));
  });
  const virtualizer = useWindowVirtualizer({ count: users.length, estimateSize: () => ROW_HEIGHT, overscan: 8, scrollMargin: top, getItemKey: (index) => users[index]?.userId ?? index });
  const items = virtualizer.getVirtualItems();
  const mayReadMore = users.length < totalCount && (items.at(-1)?.index ?? 0) >= users.length - AHEAD && !isLoading && error === null;
  useEffect(() => {
    if (mayReadMore) readMore();
  }, [mayReadMore, users.length]);
  return (
    <div role="table" aria-label={label} aria-rowcount={totalCount + 1} aria-busy={isLoading} className={classes['table']}>
      <div role="rowgroup" className={classes['head']}>
        <div role="row" aria-rowindex={1} className={classes['columns']}>{COLUMNS.map((column) => <span key={column} role="columnheader">{columns[column]}</span>)}</div>
      </div>
      <div role="rowgroup" ref={rows} className={classes['rows']} style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ key, index, start }) => {
          const user = users[index];
          return user && (
            <div key={key} role="row" aria-rowindex={index + 2} data-index={index} data-user={user.keapId} data-role={user.role} ref={virtualizer.measureElement} className={classes['row']} style={{ transform: `translateY(${start - top}px)` }}>
              <RosterRow user={user} since={since} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function RosterRow({ user: { userId, name, keapId, kind, role, status, joinedAt }, since }: { readonly user: UserFieldsFragment; readonly since: Since | null }): ReactNode {
  const { texts: { kinds, roles, users: { statuses } }, format } = useLanguage();
  const { moment: texts } = useHistoryTexts();
  const { appId } = useChosenApp();
  const toPerson = (text: string): ReactNode => <Anchor fw={650} component={Link} href={`/users/${userId}?app=${encodeURIComponent(appId ?? '')}`}>{text}</Anchor>;
  const left = since?.left.get(userId);
  const roleNow = since?.roles.get(userId);
  const joined = status === 'INVITED' ? since?.joined.find((user) => user.userId === userId) : undefined;
  return (
    <>
      <div role="cell" data-label={texts.columns.name} className={classes['name']}>{name === null ? '–' : toPerson(name)}{kind === 'PARTNER' && <Badge variant="light" tt="none">{kinds[kind]}</Badge>}</div>
      <div role="cell" data-label={texts.columns.keapId}>{name === null ? toPerson(keapId) : keapId}</div>
      <div role="cell" data-label={texts.columns.role}>{roles[role]}</div>
      <div role="cell" data-label={texts.columns.status}>{statuses[status]}</div>
      <div role="cell" data-label={texts.columns.joined}>{joinedAt == null ? '–' : format.date(joinedAt)}</div>
      <div role="cell" data-label={texts.columns.since}>
        {left && <Badge color="red" variant="light" tt="none" data-since="left">{fill(texts.left, { status: statuses[left.status], date: left.endedAt == null ? '' : format.date(left.endedAt) })}</Badge>}
        {roleNow !== undefined && <Badge variant="outline" tt="none" data-since="role">{fill(texts.roleNow, { role: roles[roleNow] })}</Badge>}
        {joined && <Badge variant="light" tt="none" data-since="joined">{texts.joinedSince}</Badge>}
      </div>
    </>
  );
}
