import { FinishAccessReviewDocument, isRefusal } from '@partner-access/client';
import { Button, Group } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/useChange';
import { Dialog } from '../../parts/Dialog';
import { Problem } from '../../parts/Problem';
import { useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import type { Review } from './ReviewView';

interface Props {
  readonly review: Review;
  readonly onClose: () => void;
  readonly onShowUndecided: () => void;
}

/** Signs a review off, or says what is missing. The page closes it once the review is signed off, which the answer says, or a later reading where the answer was lost. */
export function FinishDialog({ review: { reviewId, decidedCount, totalCount }, onClose, onShowUndecided }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const words = useReviewTexts();
  const change = useChange(FinishAccessReviewDocument);
  const [refused, setRefused] = useState<string | null>(null);
  const missing = totalCount - decidedCount;
  const finish = async (): Promise<void> => {
    setRefused(null);
    const answer = (await change.run({ input: { reviewId } }))?.finishAccessReview;
    if (answer !== undefined && isRefusal(answer)) setRefused(answer.message);
  };
  if (missing > 0) {
    return (
      <Dialog title={words.incompleteTitle} isUnderWay={false} onClose={onClose}>
        <p data-missing={missing}>{format.plural(words.incomplete, missing)}</p>
        <p>{words.onlySelf}</p>
        <Group justify="flex-end" mt="lg"><Button data-autofocus onClick={onShowUndecided}>{words.showUndecided}</Button></Group>
      </Dialog>
    );
  }
  return (
    <Dialog title={words.finishTitle} isUnderWay={change.isUnderWay} onClose={onClose}>
      <p>{words.finishLead}</p>
      <div aria-live="polite"><Problem>{refused ?? change.problem}</Problem></div>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" disabled={change.isUnderWay} onClick={onClose}>{texts.cancel}</Button>
        <Button loading={change.isUnderWay} onClick={() => void finish()}>{words.finish}</Button>
      </Group>
    </Dialog>
  );
}
