import { Alert, Anchor, Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Failed, Loading } from '../../../parts/states';
import { fill, useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import { useHistoryAddress } from '../address';
import { type Check, previousHashOf } from './checks';
import classes from './event.module.css';
import type { StoredEvent } from './evidence';
import { ResultMark } from './ResultMark';
import type { CheckedEvent } from './useCheckedEvent';

type Verdict = 'right' | 'partly' | 'wrong';

function verdictOf(checks: readonly Check[]): Verdict {
  if (checks.some(({ fits }) => fits === false)) return 'wrong';
  return checks.every(({ fits }) => fits) ? 'right' : 'partly';
}

const RESULTS = { true: 'right', false: 'wrong', null: 'open' } as const;

/** Hash and chain of an event, and what of them was checked in this browser. */
export function EventProof({ event, checked: { checks, previous, error, checkAgain } }: { readonly event: StoredEvent; readonly checked: CheckedEvent }): ReactNode {
  const { format } = useLanguage();
  const texts = useHistoryTexts();
  const { hrefOf } = useHistoryAddress();
  const verdict = checks && verdictOf(checks);
  const say = ({ text, values: { time, ...values } }: Check): string => fill(texts.checks[text], { ...values, ...(typeof time === 'string' ? { time: format.time(time) } : {}) });
  return (
    <>
      <dl className={classes['hashes']}>
        <dt>{texts.event.hash}</dt><dd><code>{event.hash}</code></dd>
        <dt>{texts.event.previousHash}</dt><dd><code>{previousHashOf(event)}</code> {previous && <Anchor underline="always" component={Link} href={hrefOf({ event: previous.id })}>{texts.event.previous}</Anchor>}</dd>
      </dl>
      {error && <Failed error={error} onRetry={checkAgain} />}
      {checks === null && !error && <Loading lines={1} height={160} />}
      {verdict !== null && checks !== null && (
        <Alert role={verdict === 'wrong' ? 'alert' : 'status'} color={verdict === 'wrong' ? 'red' : 'brand'} variant="light" title={texts.verdicts[verdict]} data-verdict={verdict}>
          <ul className={classes['checks']}>
            {checks.map((check) => {
              const result = RESULTS[`${check.fits}`];
              return <li key={check.text} data-result={result}><ResultMark result={result} /><span><span className={classes['result']}>{texts.results[result]}</span> {say(check)}</span></li>;
            })}
          </ul>
          <p className={classes['note']}>{texts.event.trust}</p>
          <Button size="compact-sm" variant="default" onClick={checkAgain}>{texts.event.again}</Button>
        </Alert>
      )}
    </>
  );
}
