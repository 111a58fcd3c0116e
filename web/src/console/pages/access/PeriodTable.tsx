import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Pages } from '../../api/usePages';
import { useAccessTexts } from '../../texts/access/accessTexts';
import classes from './access.module.css';
import { type Period, PeriodRow } from './PeriodRow';

interface Props {
  readonly periods: readonly Period[];
  readonly totalCount: number;
  readonly list: Pages<Period>;
}

const COLUMNS = ['person', 'app', 'role', 'from', 'to', 'invitedBy', 'reason'] as const;
const ROW_HEIGHT = 64;
/** So many rows before the end of what was loaded, the next page is read. */
const AHEAD = 30;

/** Periods of any number, of which the rows in sight exist. */
export function PeriodTable({ periods, totalCount, list: { hasMore, isLoading, error, readMore } }: Props): ReactNode {
  const texts = useAccessTexts();
  const rows = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  // What is above the list comes and goes.
  useLayoutEffect(() => {
    if (rows.current !== null) setTop(Math.round(rows.current.getBoundingClientRect().top + window.scrollY));
  });
  const virtualizer = useWindowVirtualizer({ count: periods.length, estimateSize: () => ROW_HEIGHT, overscan: 8, scrollMargin: top, getItemKey: (index) => periods[index]?.began.id ?? index });
  const items = virtualizer.getVirtualItems();
  const mayReadMore = hasMore && !isLoading && error === null && (items.at(-1)?.index ?? 0) >= periods.length - AHEAD;
  useEffect(() => {
    if (mayReadMore) readMore();
  }, [mayReadMore, periods.length]);
  return (
    <div role="table" className={classes['table']} aria-label={texts.table} aria-rowcount={totalCount + 1} aria-colcount={COLUMNS.length} aria-busy={isLoading}>
      <div role="rowgroup" className={classes['head']}>
        <div role="row" aria-rowindex={1} className={classes['columns']}>
          {COLUMNS.map((column) => <span key={column} role="columnheader">{texts.columns[column]}</span>)}
        </div>
      </div>
      <div role="rowgroup" ref={rows} className={classes['rows']} style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ key, index, start }) => {
          const period = periods[index];
          return period && (
            <div key={key} role="row" aria-rowindex={index + 2} data-index={index} data-period={period.keapId} ref={virtualizer.measureElement} className={classes['row']} style={{ transform: `translateY(${start - top}px)` }}>
              <PeriodRow period={period} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
