import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useHistoryTexts } from '../../texts/history/historyTexts';
import { useHistoryAddress } from './address';
import classes from './history.module.css';

/** The views of the history. The first one has no name in the address. */
const VIEWS = ['timeline', 'users', 'charts', 'compare'] as const;
type View = (typeof VIEWS)[number];

/** The view that the address names. */
export const viewOf = (name: string | null): View => VIEWS.find((view) => view === name) ?? 'timeline';

/** Leads from one view of the history to another, and keeps what was chosen in each. */
export function Views(): ReactNode {
  const { views } = useHistoryTexts();
  const { get, hrefOf } = useHistoryAddress();
  const current = viewOf(get('view'));
  return (
    <nav aria-label={views.label} className={classes['views']}>
      {VIEWS.map((view) => <Link key={view} href={hrefOf({ view: view === 'timeline' ? null : view, event: null })} aria-current={view === current ? 'page' : undefined}>{views[view]}</Link>)}
    </nav>
  );
}
