import { AccessReviewDocument } from '@partner-access/client';
import { type ReactNode, useRef } from 'react';
import { useQuery } from 'urql';
import { useParams } from 'wouter';
import { useAfterInterruption } from '../../api/connection';
import { usePerson } from '../../app/person';
import { Page } from '../../parts/Page';
import { Empty, Failed, Loading } from '../../parts/states';
import { fill } from '../../texts/language';
import { ReviewTextsProvider, useReviewTexts } from '../../texts/reviews/reviewTexts';
import { type Review, ReviewView } from './ReviewView';

/** One access review: who is decided on, and who signed it off. */
export const ReviewPage = (): ReactNode => <ReviewTextsProvider><ReviewOfAddress /></ReviewTextsProvider>;

function ReviewOfAddress(): ReactNode {
  const words = useReviewTexts();
  const { keapId } = usePerson();
  const { reviewId } = useParams<{ reviewId: string }>();
  const [{ data, error }, read] = useQuery({ query: AccessReviewDocument, variables: { reviewId }, requestPolicy: 'cache-and-network' });
  const readAgain = (): void => read({ requestPolicy: 'network-only' });
  useAfterInterruption(readAgain);
  const known = useRef<Review | null>(null);
  if (data?.accessReview) known.current = data.accessReview;
  // A later reading that fails takes nothing away from the page, nor the focus from the list.
  const review = data?.accessReview ?? (error !== undefined && known.current?.reviewId === reviewId ? known.current : null);
  if (review) return <ReviewView key={review.reviewId} review={review} onReadAgain={readAgain} />;
  if (error !== undefined) return <Page key="failed" title={words.reviewTitle}><Failed error={error} onRetry={readAgain} /></Page>;
  if (data === undefined) return <Page key="loading" title={words.reviewTitle}><Loading lines={5} /></Page>;
  return <Page key="none" title={words.noneTitle}><Empty>{fill(words.none, { keapId })}</Empty></Page>;
}
