import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Empty, Failed, Loading } from '../../../parts/states';
import { fill, useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import { Chart } from './Chart';
import classes from './charts.module.css';
import { CountTable } from './CountTable';
import { useHeadcount } from './useHeadcount';

/** How many people of each kind, and how many admins, an app had over time. */
export function ChartsView({ appId }: { readonly appId: string }): ReactNode {
  const { format } = useLanguage();
  const { charts: texts } = useHistoryTexts();
  const { points, isLoading, hasMore, error, readOn } = useHeadcount(appId);
  const [opened] = useState(Date.now);
  const [first, last] = [points[0], points.at(-1)];
  if (error !== null) return <Failed error={error} onRetry={readOn} />;
  if (first === undefined || last === undefined) return isLoading ? <Loading lines={2} height={200} /> : <Empty>{texts.empty}</Empty>;
  const begin = first.time;
  const end = isLoading || hasMore ? last.time : Math.max(opened, last.time);
  const range = { points, begin, end: Math.max(end, begin + 1) };
  return (
    <div data-complete={!isLoading && !hasMore}>
      {(isLoading || hasMore) && <p className={classes['note']} aria-busy={isLoading}>{fill(texts.readUntil, { time: format.time(new Date(last.time).toISOString()) })} {hasMore && !isLoading && <Button size="compact-sm" variant="default" onClick={readOn}>{texts.readOn}</Button>}</p>}
      <Chart title={texts.people} series={['users', 'partners']} {...range} />
      <Chart title={texts.admins} series={['admins']} {...range} />
      <CountTable {...range} />
    </div>
  );
}
