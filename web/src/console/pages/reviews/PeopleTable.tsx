import type { AccessDecision } from '@partner-access/client';
import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import { PersonRow } from './PersonRow';
import classes from './reviews.module.css';
import type { Items } from './useItems';

interface Props {
  readonly appId: string;
  readonly list: Items;
  readonly loaded: NonNullable<Items['loaded']>;
  readonly ownId: string | null;
  readonly isAdmin: boolean;
  readonly mayDecide: boolean;
  readonly isUnderWay: boolean;
  readonly selected: ReadonlySet<string>;
  /** Whether a person stays in the list when they are decided on. */
  readonly staysInList: boolean;
  readonly onToggle: (userId: string) => void;
  /** A decision by a key: about those who are selected, else about this person. Says whether it is recorded. */
  readonly onDecide: (userId: string, decision: AccessDecision) => Promise<boolean>;
  readonly onDecideOne: (userId: string, decision: AccessDecision) => void;
  readonly onRemark: () => void;
}

const COLUMNS = ['select', 'name', 'keapId', 'kind', 'role', 'decision', 'actions'] as const;
const ROW_HEIGHT = 72;
const AHEAD = 30;
const KEYS: Readonly<Record<string, AccessDecision>> = { k: 'KEEP', r: 'REMOVE' };

/** The people of a review, of whom those in sight exist. One of them is active: Tab leads to them, and the keys are about them. */
export function PeopleTable({ appId, list, loaded: { items, totalCount }, ownId, isAdmin, mayDecide, isUnderWay, selected, staysInList, onToggle, onDecide, onDecideOne, onRemark }: Props): ReactNode {
  const words = useReviewTexts();
  const rows = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [{ index: chosen }, setActive] = useState({ index: 0 });
  const wantsFocus = useRef(false);
  const isFocused = useRef(false);
  const active = Math.min(chosen, items.length - 1);
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
  const virtualizer = useWindowVirtualizer({
    count: items.length, estimateSize: () => ROW_HEIGHT, overscan: 8, scrollMargin: top, getItemKey: (index) => items[index]?.user.userId ?? index,
    // The active one keeps the focus also when it is scrolled out of sight.
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), Math.max(active, 0)])].sort((a, b) => a - b),
  });
  const inSight = virtualizer.getVirtualItems();
  const mayReadMore = items.length < totalCount && (virtualizer.range?.endIndex ?? 0) >= items.length - AHEAD && !list.isLoading && list.error === null;
  useEffect(() => {
    if (mayReadMore) list.readMore();
  }, [mayReadMore, items.length]);
  useEffect(() => {
    const note = ({ target }: Event): void => {
      isFocused.current = target instanceof Node && rows.current?.contains(target) === true;
    };
    document.addEventListener('focusin', note);
    document.addEventListener('pointerdown', note);
    return () => {
      document.removeEventListener('focusin', note);
      document.removeEventListener('pointerdown', note);
    };
  }, []);
  useEffect(() => {
    // A row that is read again may be gone for a moment, and the focus with it.
    const isLost = isFocused.current && document.activeElement === document.body;
    const row = wantsFocus.current || isLost ? rows.current?.querySelector<HTMLElement>(`[data-index="${active}"]`) : null;
    if (!row) return;
    wantsFocus.current = false;
    row.focus({ preventScroll: true });
  });
  const move = (to: number): void => {
    const index = Math.max(0, Math.min(items.length - 1, to));
    wantsFocus.current = true;
    setActive({ index });
    virtualizer.scrollToIndex(index, { align: 'auto' });
  };
  const onKeyDown = async (event: KeyboardEvent): Promise<void> => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      move(to);
      return;
    }
    const person = items[active]?.user.userId;
    if (!mayDecide || person === undefined || event.repeat) return;
    const isOnRow = (event.target as HTMLElement).getAttribute('role') === 'row';
    const decision = KEYS[event.key.toLowerCase()];
    if (event.key === ' ' && isOnRow) {
      event.preventDefault();
      if (person !== ownId) onToggle(person);
    } else if (event.key.toLowerCase() === 'm') {
      event.preventDefault();
      onRemark();
    } else if (decision !== undefined && (await onDecide(person, decision))) move(staysInList && selected.size === 0 ? active + 1 : active);
  };
  return (
    <div role="grid" className={classes['table']} aria-label={words.people} aria-rowcount={totalCount + 1} aria-colcount={COLUMNS.length} aria-multiselectable={mayDecide}>
      <div role="rowgroup" className={classes['head']}>
        <div role="row" aria-rowindex={1} className={classes['columns']}>{COLUMNS.map((column) => <span key={column} role="columnheader">{words.columns[column]}</span>)}</div>
      </div>
      <div role="rowgroup" ref={rows} className={classes['rows']} style={{ height: virtualizer.getTotalSize() }} onKeyDown={(event) => void onKeyDown(event)}>
        {inSight.map(({ key, index, start }) => {
          const item = items[index];
          return item && (
            <div key={key} role="row" tabIndex={index === active ? 0 : -1} aria-rowindex={index + 2} aria-selected={selected.has(item.user.userId)} data-index={index} data-active={index === active} data-user={item.user.keapId} data-decision={item.decision ?? 'NONE'}
              ref={virtualizer.measureElement} className={classes['row']} style={{ transform: `translateY(${start - top}px)` }} onFocus={() => { if (index !== active) setActive({ index }); }}>
              <PersonRow appId={appId} item={item} isSelf={item.user.userId === ownId} isAdmin={isAdmin} mayDecide={mayDecide} isActive={index === active} isUnderWay={isUnderWay} isSelected={selected.has(item.user.userId)} onToggle={onToggle} onDecide={onDecideOne} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
