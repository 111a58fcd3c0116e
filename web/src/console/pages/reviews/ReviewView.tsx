import type { AccessReviewQuery } from '@partner-access/client';
import { Alert, Anchor, Badge, Button, Group } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { Link } from 'wouter';
import { usePolling } from '../../api/usePolling';
import { usePerson } from '../../app/person';
import { useAnnounce } from '../../parts/Announcer';
import { Block } from '../../parts/Block';
import { Page } from '../../parts/Page';
import { fill, useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import { useActorName } from './actorName';
import { Differences } from './Differences';
import { Downloads } from './Downloads';
import { Facts } from './Facts';
import { FinishDialog } from './FinishDialog';
import { People } from './People';
import { PrintedList } from './PrintedList';
import classes from './reviews.module.css';
import { useReviewName } from './reviewName';

/** A review as its page knows it. */
export type Review = NonNullable<AccessReviewQuery['accessReview']>;

interface Props {
  readonly review: Review;
  readonly onReadAgain: () => void;
}

/** A review with its people, for those who may see them. */
export function ReviewView({ review, onReadAgain }: Props): ReactNode {
  const { format } = useLanguage();
  const words = useReviewTexts();
  const { isAuditor } = usePerson();
  const announce = useAnnounce();
  const nameOf = useActorName();
  const name = useReviewName()(review);
  const [isUndecidedOnly, setUndecidedOnly] = useState(false);
  const [isFinishing, setFinishing] = useState(false);
  const [isPrinting, setPrinting] = useState(false);
  const { app: { appId, accountName, viewer }, status, finishedAt, finishedBy } = review;
  const isAdmin = viewer.role === 'ADMIN';
  const seesPeople = isAdmin || isAuditor;
  const isOpen = status === 'OPEN';
  // What auditors read is recorded, so their page reads only when they ask for it.
  usePolling(() => { if (isOpen && (isAdmin || !isAuditor)) onReadAgain(); });
  useEffect(() => {
    if (!isFinishing || isOpen) return;
    setFinishing(false);
    announce(words.finishedNow);
  }, [isFinishing, isOpen]);
  const actions = (
    <Group gap="xs" className={classes['screen']}>
      <Anchor underline="always" component={Link} href={`/reviews?app=${encodeURIComponent(appId)}`}>{fill(words.back, { app: accountName })}</Anchor>
      {seesPeople && <Button variant="default" loading={isPrinting} onClick={() => setPrinting(true)}>{words.print}</Button>}
      {isAdmin && isOpen && <Button onClick={() => setFinishing(true)}>{words.finish}</Button>}
    </Group>
  );
  return (
    <Page title={name} actions={actions}>
      <div className={classes['name']}><Badge variant={isOpen ? 'filled' : 'light'} tt="none" data-status={status}>{words.statuses[status]}</Badge> <span>{accountName}</span></div>
      <Facts review={review} />
      {finishedAt != null && finishedBy != null && <Alert mt="md">{fill(words.isFinished, { name: nameOf(finishedBy), time: format.time(finishedAt) })}</Alert>}
      {seesPeople && !isAdmin && isOpen && <p>{words.readOnly}</p>}
      {seesPeople && finishedAt != null && <Downloads reviewId={review.reviewId} />}
      {seesPeople && <Differences reviewId={review.reviewId} />}
      <Block title={words.people}>
        {seesPeople
          ? <div className={classes['screen']}><People key={status} review={review} isAdmin={isAdmin} isUndecidedOnly={isUndecidedOnly} onUndecidedOnly={setUndecidedOnly} /></div>
          : <p>{words.peopleHidden}</p>}
        {isPrinting && <PrintedList reviewId={review.reviewId} onDone={() => setPrinting(false)} />}
      </Block>
      {isFinishing && isOpen && (
        <FinishDialog review={review} onClose={() => setFinishing(false)}
          onShowUndecided={() => { setFinishing(false); setUndecidedOnly(true); }} />
      )}
    </Page>
  );
}
