import type { ReactNode } from 'react';
import { useChosenApp } from '../../app/chosenApp';
import { WhichApp } from '../../app/WhichApp';
import { useLanguage } from '../../texts/language';
import { ReviewTextsProvider, useReviewTexts } from '../../texts/reviews/reviewTexts';
import { ReviewsOfApp } from './ReviewsOfApp';

/** The access reviews of an app. */
export const ReviewsPage = (): ReactNode => <ReviewTextsProvider><ReviewsOfChosenApp /></ReviewTextsProvider>;

function ReviewsOfChosenApp(): ReactNode {
  const { texts: { reviews } } = useLanguage();
  const texts = useReviewTexts();
  const { appId } = useChosenApp();
  return appId === null ? <WhichApp title={reviews.title} lead={texts.which} show={texts.show} /> : <ReviewsOfApp key={appId} appId={appId} />;
}
