import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Loading } from '../../parts/states';
import { fill, useLanguage } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';
import { addressOf } from '../../../server';
import classes from './operators.module.css';

/** The metrics of each figure, which are added up. A name without labels stands for all labels. */
const FIGURES = {
  since: ['process_start_time_seconds'],
  memory: ['process_resident_memory_bytes'],
  connections: ['connections'],
  subscriptions: ['graphql_subscriptions'],
  requests: ['http_requests_total'],
  faults: ['graphql_errors_total{code="INTERNAL_SERVER_ERROR"}'],
  refusals: ['overload_refusals_total', 'work_budget_refusals_total', 'connection_refusals_total'],
  appends: ['event_store_appends_total'],
  unsigned: ['checkpoint_unsigned_events'],
  mail: ['mail_messages_waiting'],
  failing: ['webhooks_failing'],
  backlog: ['webhook_backlog_events'],
  deadLetters: ['webhook_dead_letters'],
} as const;

type Figure = keyof typeof FIGURES;
const NAMES = Object.keys(FIGURES) as readonly Figure[];

function valueOf(figure: Figure, metrics: ReadonlyMap<string, number>): number | null {
  const wanted: readonly string[] = FIGURES[figure];
  const found = [...metrics].filter(([name]) => wanted.some((one) => name === one || name.startsWith(`${one}{`)));
  return found.length === 0 ? null : found.reduce((sum, [, value]) => sum + value, 0);
}

/** The figures that say at a glance how busy the service is and what waits. */
export function Figures({ figures }: { readonly figures: ReadonlyMap<string, number> | 'refused' | null }): ReactNode {
  const { format } = useLanguage();
  const { operators: words } = useOperatingTexts();
  if (figures === 'refused') return <p>{words.noFigures}</p>;
  if (figures === null) return <Loading lines={2} height={48} />;
  const shown = (figure: Figure, value: number): string => {
    if (figure === 'since') return format.time(new Date(value * 1_000).toISOString());
    return figure === 'memory' ? fill(words.megabytes, { count: format.number(Math.round(value / 1_000_000)) }) : format.number(value);
  };
  return (
    <>
      <dl className={classes['facts']}>
        {NAMES.map((figure) => {
          const value = valueOf(figure, figures);
          return value !== null && <div key={figure} data-figure={figure}><dt>{words.figure[figure]}</dt><dd>{shown(figure, value)}</dd></div>;
        })}
      </dl>
      <p><Anchor underline="always" href={addressOf('metrics')} target="_blank" rel="noreferrer">{words.allFigures}</Anchor></p>
    </>
  );
}
