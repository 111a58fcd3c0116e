import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import { useHistoryAddress } from '../address';
import classes from './charts.module.css';
import { at, type Point, type Series, timesOf } from './headcount';

const SERIES: readonly Series[] = ['users', 'partners', 'admins'];

/** The counts of the charts as a table. Each row leads to the people of that moment. */
export function CountTable({ points, begin, end }: { readonly points: readonly Point[]; readonly begin: number; readonly end: number }): ReactNode {
  const { format } = useLanguage();
  const { charts: texts } = useHistoryTexts();
  const { hrefOf } = useHistoryAddress();
  return (
    <details className={classes['details']}>
      <summary>{texts.asTable}</summary>
      <table>
        <thead><tr><th scope="col">{texts.moment}</th>{SERIES.map((one) => <th key={one} scope="col">{texts.series[one]}</th>)}</tr></thead>
        <tbody>
          {timesOf(points, begin, end).map((time) => {
            const counts = at(points, time);
            const iso = new Date(time).toISOString();
            return (
              <tr key={time} data-at={iso}>
                <th scope="row"><Anchor underline="always" component={Link} href={hrefOf({ view: 'users', at: iso })}>{format.time(iso)}</Anchor></th>
                {SERIES.map((one) => <td key={one} data-count={one}>{format.number(counts[one])}</td>)}
              </tr>
            );
          })}
        </tbody>
      </table>
    </details>
  );
}
