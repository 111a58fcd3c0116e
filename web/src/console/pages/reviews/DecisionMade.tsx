import type { ReviewItemFieldsFragment } from '@partner-access/client';
import { Anchor, Badge } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { nameOf } from '../../parts/names';
import { fill, useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import { useActorName } from './actorName';

interface Props {
  readonly appId: string;
  readonly item: ReviewItemFieldsFragment;
  readonly isAdmin: boolean;
  readonly tabIndex?: number;
}

/** What was decided about a person, by whom and why, and whether it is carried out. */
export function DecisionMade({ appId, item: { user, decision, remark, decidedBy, decidedAt, carriedOut }, isAdmin, tabIndex }: Props): ReactNode {
  const { format } = useLanguage();
  const words = useReviewTexts();
  const actorName = useActorName();
  if (decision === null) return <span>{words.undecided}</span>;
  const isOutstanding = decision === 'REMOVE' && !carriedOut;
  return (
    <div>
      <strong>{words.decisions[decision]}</strong>
      {decidedBy !== null && decidedAt !== null && <small>{fill(words.decided, { name: actorName(decidedBy), time: format.time(decidedAt) })}</small>}
      {remark !== null && <small data-remark>{remark}</small>}
      {carriedOut && <Badge variant="light" tt="none">{words.carriedOut}</Badge>}
      {isOutstanding && (isAdmin
        ? <Anchor component={Link} underline="always" size="sm" tabIndex={tabIndex} href={`/users/${user.userId}?app=${encodeURIComponent(appId)}`}>{fill(words.carryOut, { name: nameOf(user) })}</Anchor>
        : <small>{words.notYet}</small>)}
    </div>
  );
}
