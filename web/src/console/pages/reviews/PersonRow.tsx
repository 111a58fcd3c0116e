import type { AccessDecision, ReviewItemFieldsFragment } from '@partner-access/client';
import { Anchor, Badge, Button, Checkbox, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { nameOf } from '../../parts/names';
import { fill, useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import { DecisionMade } from './DecisionMade';
import classes from './reviews.module.css';

interface Props {
  readonly appId: string;
  readonly item: ReviewItemFieldsFragment;
  readonly isSelf: boolean;
  readonly isAdmin: boolean;
  readonly mayDecide: boolean;
  /** Tab leads to what is in the row of the active person only. */
  readonly isActive: boolean;
  readonly isUnderWay: boolean;
  readonly isSelected: boolean;
  readonly onToggle: (userId: string) => void;
  readonly onDecide: (userId: string, decision: AccessDecision) => void;
}

/** The cells of a person in a review. */
export function PersonRow({ appId, item, isSelf, isAdmin, mayDecide, isActive, isUnderWay, isSelected, onToggle, onDecide }: Props): ReactNode {
  const { texts } = useLanguage();
  const words = useReviewTexts();
  const { user, kind, role, decision, changedSince } = item;
  const { columns } = words;
  const name = nameOf(user);
  const tabIndex = isActive ? 0 : -1;
  const mayDecideHere = mayDecide && !isSelf;
  return (
    <>
      <div role="gridcell" className={classes['select']}>{mayDecideHere && <Checkbox tabIndex={tabIndex} aria-label={fill(words.select, { name })} checked={isSelected} onChange={() => onToggle(user.userId)} />}</div>
      <div role="gridcell" className={classes['name']}>
        <Anchor component={Link} fw={650} tabIndex={tabIndex} href={`/users/${user.userId}?app=${encodeURIComponent(appId)}`}>{name}</Anchor>
        {changedSince && <Badge variant="outline" color="orange" tt="none" data-changed-since>{words.changedSince}</Badge>}
      </div>
      <div role="gridcell" data-label={columns.keapId}>{user.keapId}</div>
      <div role="gridcell" data-label={columns.kind}>{texts.kinds[kind]}</div>
      <div role="gridcell" data-label={columns.role}>{texts.roles[role]}</div>
      <div role="gridcell" data-label={columns.decision}><DecisionMade appId={appId} item={item} isAdmin={isAdmin} tabIndex={tabIndex} /></div>
      <div role="gridcell" className={classes['actions']}>
        {mayDecide && isSelf && <small>{words.self}</small>}
        {mayDecideHere && (
          <Group gap="xs">
            <Button size="compact-sm" variant={decision === 'KEEP' ? 'filled' : 'default'} tabIndex={tabIndex} aria-pressed={decision === 'KEEP'} aria-label={fill(words.keepPerson, { name })} aria-disabled={isUnderWay} onClick={() => onDecide(user.userId, 'KEEP')}>{words.keep}</Button>
            <Button size="compact-sm" variant={decision === 'REMOVE' ? 'filled' : 'default'} color="red" tabIndex={tabIndex} aria-pressed={decision === 'REMOVE'} aria-label={fill(words.removePerson, { name })} aria-disabled={isUnderWay} onClick={() => onDecide(user.userId, 'REMOVE')}>{words.remove}</Button>
          </Group>
        )}
      </div>
    </>
  );
}
