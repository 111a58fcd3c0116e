import type { AppFieldsFragment, UserFieldsFragment } from '@partner-access/client';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { fill, useLanguage } from '../../texts/language';
import { RemoveDialog } from './RemoveDialog';
import { RevokeDialog } from './RevokeDialog';
import { RoleDialog } from './RoleDialog';
import { UserRow } from './UserRow';
import classes from './users.module.css';

interface Props {
  readonly app: AppFieldsFragment;
  readonly users: readonly UserFieldsFragment[];
  readonly totalCount: number;
  readonly changed: ReadonlySet<string>;
  /** Whether the next page may be read now: not while people are read, nor after that failed. */
  readonly mayReadMore: boolean;
  /** Is called when the end of what was loaded comes near. */
  readonly onEnd: () => void;
  readonly onDone: (done: string) => void;
}

const COLUMNS = ['name', 'keapId', 'role', 'status', 'joined', 'invitedBy', 'lastSent', 'actions'] as const;
const ROW_HEIGHT = 64;
/** Rows that exist above and below those in sight. They come once those in sight have been painted. */
const OVERSCAN = 8;
/** So many rows before the end of what was loaded, the next page is read. */
const AHEAD = 30;

/** What an admin has to confirm about a person. */
export interface Asking {
  readonly what: 'remove' | 'revoke' | 'role';
  readonly user: UserFieldsFragment;
}

/** A list of people of any length, of which the rows in sight exist. */
export function UserTable({ app, users, totalCount, changed, mayReadMore, onEnd, onDone }: Props): ReactNode {
  const { texts } = useLanguage();
  const rows = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [asking, setAsking] = useState<Asking | null>(null);
  const [overscan, setOverscan] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setOverscan(OVERSCAN));
    return () => {
      clearTimeout(timer);
    };
  }, []);
  // What is above the list comes and goes, which changes the height of the whole.
  useLayoutEffect(() => {
    const measure = (): void => {
      if (rows.current !== null) setTop(Math.round(rows.current.getBoundingClientRect().top + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => {
      observer.disconnect();
    };
  }, []);
  const virtualizer = useWindowVirtualizer({ count: users.length, estimateSize: () => ROW_HEIGHT, overscan, scrollMargin: top, getItemKey: (index) => users[index]?.userId ?? index });
  const items = virtualizer.getVirtualItems();
  const end = items.at(-1)?.index ?? 0;
  const isNearEnd = users.length < totalCount && end >= users.length - AHEAD;
  useEffect(() => {
    if (isNearEnd && mayReadMore) onEnd();
  }, [isNearEnd, mayReadMore, users.length]);
  const close = (): void => setAsking(null);
  const tell = (done: string): void => {
    close();
    onDone(done);
  };
  return (
    <>
      <div role="table" className={classes['table']} aria-label={fill(texts.users.table, { app: app.accountName })} aria-rowcount={totalCount + 1} aria-colcount={COLUMNS.length}>
        <div role="rowgroup" className={classes['head']}>
          <div role="row" aria-rowindex={1} className={classes['columns']}>
            {COLUMNS.map((column) => <span key={column} role="columnheader">{texts.users.columns[column]}</span>)}
          </div>
        </div>
        <div role="rowgroup" ref={rows} className={classes['rows']} style={{ height: virtualizer.getTotalSize() }}>
          {items.map(({ key, index, start }) => {
            const user = users[index];
            return user && (
              <div key={key} role="row" aria-rowindex={index + 2} data-index={index} data-user={user.keapId} data-changed={changed.has(user.userId) || undefined} ref={virtualizer.measureElement}
                className={classes['row']} style={{ transform: `translateY(${start - top}px)` }}>
                <UserRow app={app} user={user} onAsk={setAsking} onDone={onDone} />
              </div>
            );
          })}
        </div>
      </div>
      {asking?.what === 'remove' && <RemoveDialog app={app} user={asking.user} onClose={close} onDone={tell} />}
      {asking?.what === 'revoke' && <RevokeDialog app={app} user={asking.user} onClose={close} onDone={tell} />}
      {asking?.what === 'role' && <RoleDialog app={app} user={asking.user} onClose={close} onDone={tell} />}
    </>
  );
}
