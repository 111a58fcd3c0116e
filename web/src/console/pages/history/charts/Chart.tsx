import type { ReactNode } from 'react';
import { fill, useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import classes from './charts.module.css';
import { columnsOf, type Point, type Series } from './headcount';

interface Props {
  readonly title: string;
  readonly points: readonly Point[];
  readonly begin: number;
  readonly end: number;
  readonly series: readonly Series[];
}

const WIDTH = 600;
const HEIGHT = 160;
/** Room for the width of a line at the top and bottom. */
const MARGIN = 2;

/** Lines of counts over time. The table beside it says the same in words. */
export function Chart({ title, points, begin, end, series }: Props): ReactNode {
  const { format } = useLanguage();
  const { charts: texts } = useHistoryTexts();
  const most = Math.max(1, ...series.map((one) => points.reduce((highest, point) => Math.max(highest, point[one]), 0)));
  const columns = columnsOf(points, begin, end, WIDTH);
  const yOf = (count: number): number => HEIGHT - MARGIN - ((HEIGHT - 2 * MARGIN) * count) / most;
  const lineOf = (one: Series): string => {
    let last = NaN;
    return columns.map((point, x) => {
      const y = Math.round(yOf(point[one]) * 100) / 100;
      const step = y === last ? '' : x === 0 ? `M0 ${y}` : `H${x}V${y}`;
      last = y;
      return step;
    }).join('') + `H${WIDTH}`;
  };
  const said = series.map((one) => fill(texts.line, { name: texts.series[one], first: format.number(columns[0]?.[one] ?? 0), last: format.number(columns.at(-1)?.[one] ?? 0), most: format.number(Math.max(...points.map((point) => point[one]), 0)) }));
  return (
    <figure className={classes['figure']}>
      <figcaption><strong>{title}</strong> {series.length > 1 && series.map((one) => (
        <span key={one} className={classes['key']}><svg width="24" height="8" aria-hidden><path d="M0 4H24" className={classes[one]} /></svg>{texts.series[one]}</span>
      ))}</figcaption>
      <div className={classes['plot']}>
        <div className={classes['scale']} aria-hidden><span>{format.number(most)}</span><span>0</span></div>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${title}. ${said.join(' ')}`} className={classes['lines']}>
          {series.map((one) => <path key={one} d={lineOf(one)} className={classes[one]} data-series={one} />)}
        </svg>
        <div className={classes['range']} aria-hidden><span>{format.date(new Date(begin).toISOString())}</span><span>{format.date(new Date(end).toISOString())}</span></div>
      </div>
    </figure>
  );
}
