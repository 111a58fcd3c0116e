import { HistoryPositionsDocument } from '@partner-access/client';
import { Button, Slider } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { type ReactNode, useEffect, useState } from 'react';
import { CombinedError, useQuery } from 'urql';
import { useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import { useHistoryAddress } from '../address';
import { MomentField } from './MomentField';
import classes from './moment.module.css';
import { useNeighbours } from './useNeighbours';

interface Props {
  readonly appId: string;
  /** The chosen time; null for now. */
  readonly at: string | null;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A moment is read when the slider has rested for this long. */
const REST_MS = 200;

/** Steps of the slider: days, for a young app hours or minutes. */
const stepOf = (range: number): number => (range > 60 * DAY ? DAY : range > 2 * DAY ? 60 * MINUTE : MINUTE);

/** Lets a person choose a moment of an app's history: with a slider, exactly, or by going from change to change. */
export function MomentChoice({ appId, at }: Props): ReactNode {
  const { texts: { problems }, format } = useLanguage();
  const { moment: texts } = useHistoryTexts();
  const { change } = useHistoryAddress();
  const neighbours = useNeighbours(appId);
  const [now] = useState(Date.now);
  const [{ data }] = useQuery({ query: HistoryPositionsDocument, variables: { filter: { appId }, first: 1 } });
  const begin = Date.parse(data?.membershipEvents.nodes[0]?.occurredAt ?? '') || now;
  const step = stepOf(now - begin);
  const end = Math.max(now, begin + step);
  const chosen = at === null ? end : Math.min(end, Math.max(begin, Date.parse(at)));
  const [position, setPosition] = useState(chosen);
  useEffect(() => setPosition(chosen), [chosen]);
  const [isSearching, setSearching] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const go = (time: string | null): void => change({ at: time });
  const rest = useDebouncedCallback((value: number) => go(value >= end ? null : new Date(value).toISOString()), REST_MS);
  const jump = async (find: () => Promise<string | null>, nothing: string): Promise<void> => {
    if (isSearching) return;
    setSearching(true);
    setProblem(null);
    try {
      const time = await find();
      if (time === null) setProblem(nothing);
      else go(time);
    } catch (error) {
      if (!(error instanceof CombinedError)) throw error;
      setProblem(error.graphQLErrors[0]?.message ?? problems.away);
    } finally {
      setSearching(false);
    }
  };
  const textOf = (value: number): string => (value >= end ? texts.now : format.time(new Date(value).toISOString()));
  return (
    <div className={classes['choice']}>
      <Slider min={begin} max={end} step={step} value={position} label={textOf} thumbLabel={texts.slider} thumbValueText={textOf} onChange={setPosition} onChangeEnd={rest} />
      <div className={classes['exact']}>
        <MomentField label={texts.exact} value={at} onChange={go} />
        <Button variant="default" onClick={() => void jump(() => neighbours.before(at), texts.noEarlier)}>{texts.earlier}</Button>
        <Button variant="default" onClick={() => void jump(() => (at === null ? Promise.resolve(null) : neighbours.after(at)), texts.noLater)}>{texts.later}</Button>
        <Button variant="default" onClick={() => go(null)}>{texts.now}</Button>
      </div>
      <p role="status" className={classes['nothing']}>{problem}</p>
    </div>
  );
}
