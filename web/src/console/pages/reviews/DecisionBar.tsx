import type { AccessDecision } from '@partner-access/client';
import { Button, Group, TextInput } from '@mantine/core';
import type { KeyboardEvent, ReactNode, RefObject } from 'react';
import { fill, useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import classes from './reviews.module.css';

interface Props {
  /** Number of people who are selected. */
  readonly selected: number;
  readonly isUnderWay: boolean;
  readonly remark: string;
  readonly remarkField: RefObject<HTMLInputElement | null>;
  readonly onRemark: (remark: string) => void;
  readonly onBackToList: () => void;
  readonly onSelectShown: () => void;
  readonly onSelectNone: () => void;
  readonly onDecide: (decision: AccessDecision) => void;
}

/** The service takes no more at once. */
export const MOST_DECIDED = 200;
const MAX_REMARK = 500;

/** What an admin uses for all decisions: the keys, the remark, and the decision about several people at once. */
export function DecisionBar({ selected, isUnderWay, remark, remarkField, onRemark, onBackToList, onSelectShown, onSelectNone, onDecide }: Props): ReactNode {
  const { format } = useLanguage();
  const words = useReviewTexts();
  const isTooMany = selected > MOST_DECIDED;
  const isOff = selected === 0 || isTooMany;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    onBackToList();
  };
  return (
    <div className={classes['bar']}>
      <p>{words.keys}</p>
      <TextInput ref={remarkField} label={words.remark} description={words.remarkHint} maxLength={MAX_REMARK} autoComplete="off" value={remark} readOnly={isUnderWay} onChange={({ currentTarget }) => onRemark(currentTarget.value)} onKeyDown={onKeyDown} />
      <Group gap="xs" mt="sm">
        <Button variant="default" size="compact-md" onClick={onSelectShown}>{words.selectShown}</Button>
        <Button variant="default" size="compact-md" disabled={selected === 0} onClick={onSelectNone}>{words.selectNone}</Button>
        <Button variant="light" size="compact-md" disabled={isOff} loading={isUnderWay && !isOff} onClick={() => onDecide('KEEP')}>{words.keepSelected}</Button>
        <Button variant="light" color="red" size="compact-md" disabled={isOff} loading={isUnderWay && !isOff} onClick={() => onDecide('REMOVE')}>{words.removeSelected}</Button>
        <span role="status" data-selected={selected}>{isTooMany ? fill(words.tooMany, { count: format.number(MOST_DECIDED) }) : format.plural(words.selected, selected)}</span>
      </Group>
    </div>
  );
}
