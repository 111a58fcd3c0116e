import { AccessReviewsDocument, AppDocument } from '@partner-access/client';
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useQuery } from 'urql';
import { useLocation } from 'wouter';
import { codeOf } from '../../api/codes';
import { useAfterInterruption } from '../../api/connection';
import { usePages } from '../../api/usePages';
import { usePerson } from '../../app/person';
import { useAnnounce } from '../../parts/Announcer';
import { Page } from '../../parts/Page';
import { VerifyLink } from '../../parts/VerifyLink';
import { Empty, Failed, Loading, NoRight } from '../../parts/states';
import { useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import { ReviewEntry } from './ReviewEntry';
import classes from './reviews.module.css';
import { StartDialog } from './StartDialog';

const SIZE = 20;

/** The access reviews of one app, latest first. */
export function ReviewsOfApp({ appId }: { readonly appId: string }): ReactNode {
  const { texts } = useLanguage();
  const words = useReviewTexts();
  const { keapId } = usePerson();
  const announce = useAnnounce();
  const [, go] = useLocation();
  const [isStarting, setStarting] = useState(false);
  const [{ data }] = useQuery({ query: AppDocument, variables: { appId } });
  const { nodes, hasMore, isLoading, error, readMore, readAgain } = usePages({ document: AccessReviewsDocument, variables: { appId }, size: SIZE, pageOf: ({ accessReviews }) => accessReviews });
  useAfterInterruption(readAgain);
  if (error !== null && codeOf(error.graphQLErrors) === 'FORBIDDEN') return <NoRight keapId={keapId} />;
  const start = <Button onClick={() => setStarting(true)}>{words.start}</Button>;
  const started = (reviewId: string): void => {
    announce(words.startedNow);
    go(`/reviews/${reviewId}`);
  };
  return (
    <Page title={texts.reviews.title} actions={nodes !== null && nodes.length > 0 && start}>
      {error !== null && <Failed error={error} onRetry={readAgain} />}
      {nodes === null && error === null && <Loading lines={3} height={96} />}
      {nodes?.length === 0 && !isLoading && <Empty action={start}>{words.empty}</Empty>}
      {nodes !== null && nodes.length > 0 && <ul className={classes['list']} aria-label={words.list}>{nodes.map((review) => <ReviewEntry key={review.reviewId} review={review} />)}</ul>}
      {hasMore && <Button variant="light" mt="md" loading={isLoading} onClick={readMore}>{texts.showMore}</Button>}
      <VerifyLink />
      {isStarting && <StartDialog appId={appId} accountName={data?.app?.accountName ?? appId} onClose={() => setStarting(false)} onStarted={started} />}
    </Page>
  );
}
