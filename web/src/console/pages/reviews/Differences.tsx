import { AccessReviewDifferencesDocument, type AccessReviewDifferencesQuery } from '@partner-access/client';
import { Anchor, Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { usePages } from '../../api/usePages';
import { Block } from '../../parts/Block';
import { Problem } from '../../parts/Problem';
import { Empty, Failed, Loading } from '../../parts/states';
import { fill, useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import classes from './reviews.module.css';
import { useReviewName } from './reviewName';

type Compared = NonNullable<NonNullable<AccessReviewDifferencesQuery['accessReview']>['differences']>;
type Difference = Compared['people']['nodes'][number];

const PAGE = 50;

/** How the people of a review differ from those of the one before; nothing for the first review of an app. */
export function Differences({ reviewId }: { readonly reviewId: string }): ReactNode {
  const { texts } = useLanguage();
  const words = useReviewTexts();
  const nameOf = useReviewName();
  const [isShown, setShown] = useState(false);
  const [{ data, error }, read] = useQuery({ query: AccessReviewDifferencesDocument, variables: { reviewId, first: 0 } });
  // It is not much taller than what it stands for, so that the people below hardly move.
  if (error !== undefined) {
    return (
      <div className={classes['screen']}>
        <Block title={words.differences}>
          <Problem>{error.graphQLErrors[0]?.message ?? texts.problems.away} <Button variant="default" size="compact-sm" onClick={() => read({ requestPolicy: 'network-only' })}>{texts.tryAgain}</Button></Problem>
        </Block>
      </div>
    );
  }
  const compared = data?.accessReview?.differences;
  if (compared == null) return null;
  const { previous, newCount, goneCount, roleChangedCount, notRemovedCount } = compared;
  const counts = [['NEW', newCount], ['GONE', goneCount], ['ROLE_CHANGED', roleChangedCount], ['NOT_REMOVED', notRemovedCount]] as const;
  return (
    <div className={classes['screen']}>
      <Block title={words.differences}>
        <p>{words.comparedWith} <Anchor underline="always" component={Link} href={`/reviews/${previous.reviewId}`}>{nameOf(previous)}</Anchor></p>
        <Counts counts={counts} />
        {counts.some(([, count]) => count > 0) && !isShown && <Button variant="default" onClick={() => setShown(true)}>{words.showDifferences}</Button>}
        {isShown && <DifferentPeople reviewId={reviewId} />}
      </Block>
    </div>
  );
}

function Counts({ counts }: { readonly counts: readonly (readonly [Difference['changes'][number], number])[] }): ReactNode {
  const { format } = useLanguage();
  const words = useReviewTexts();
  return (
    <dl className={classes['counts']}>
      {counts.map(([change, count]) => <div key={change} data-change={change} data-count={count}><dt>{words.changes[change]}</dt><dd>{format.number(count)}</dd></div>)}
    </dl>
  );
}

function DifferentPeople({ reviewId }: { readonly reviewId: string }): ReactNode {
  const words = useReviewTexts();
  const { nodes, hasMore, isLoading, error, readMore, readAgain } = usePages({
    document: AccessReviewDifferencesDocument, variables: { reviewId }, size: PAGE, pageOf: ({ accessReview }) => accessReview?.differences?.people,
  });
  if (error !== null) return <Failed error={error} onRetry={readAgain} />;
  if (nodes === null) return <Loading lines={3} height={48} />;
  if (nodes.length === 0) return <Empty>{words.nothingDiffers}</Empty>;
  return (
    <>
      <ul className={classes['differences']} aria-label={words.differences}>
        {nodes.map((difference) => <DifferentPerson key={difference.user.userId} difference={difference} />)}
      </ul>
      {hasMore && <Button variant="default" loading={isLoading} onClick={readMore}>{words.moreDifferences}</Button>}
    </>
  );
}

function DifferentPerson({ difference: { user: { userId, name, keapId }, changes, role, previousRole, previousDecision, previousRemark } }: { readonly difference: Difference }): ReactNode {
  const { texts: { roles } } = useLanguage();
  const words = useReviewTexts();
  const before = previousDecision === 'REMOVE' ? fill(words.wasToBeRemoved, { remark: previousRemark === null ? '' : `: ${previousRemark}` }) : null;
  const what = changes.map((change) => (change === 'ROLE_CHANGED' && role != null && previousRole != null && role !== previousRole ? fill(words.roleNow, { from: roles[previousRole], to: roles[role] }) : words.change[change]));
  return (
    <li data-different={keapId} data-changes={changes.join(' ')} data-user-id={userId}>
      <strong>{name ?? keapId}</strong>{name != null && <span> {keapId}</span>}
      <small>{[...what, ...(before === null ? [] : [before])].join(' · ')}</small>
    </li>
  );
}
