import { AccessReviewItemsDocument, type ReviewItemFieldsFragment } from '@partner-access/client';
import { type ReactNode, useEffect, useState } from 'react';
import { type CombinedError, useClient } from 'urql';
import { Failed } from '../../parts/states';
import { fill, useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import { useActorName } from './actorName';
import classes from './reviews.module.css';

interface Props {
  readonly reviewId: string;
  readonly onDone: () => void;
}

const PAGE = 200;

/** Everybody of a review on paper. It reads the whole list, prints it, and is gone. */
export function PrintedList({ reviewId, onDone }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const words = useReviewTexts();
  const actorName = useActorName();
  const client = useClient();
  const [items, setItems] = useState<readonly ReviewItemFieldsFragment[] | null>(null);
  const [failed, setFailed] = useState<CombinedError | null>(null);
  useEffect(() => {
    let isWanted = true;
    const read = async (): Promise<void> => {
      const found: ReviewItemFieldsFragment[] = [];
      let after = null as string | null;
      do {
        const { data, error } = await client.query(AccessReviewItemsDocument, { reviewId, first: PAGE, ...(after === null ? {} : { after }) }, { requestPolicy: 'network-only' });
        if (!isWanted) return;
        const page = data?.accessReview?.items;
        if (error !== undefined || page === undefined) {
          if (error === undefined) onDone();
          else setFailed(error);
          return;
        }
        found.push(...page.nodes);
        after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor ?? null : null;
      } while (after !== null);
      setItems(found);
    };
    void read();
    return () => {
      isWanted = false;
    };
  }, []);
  useEffect(() => {
    if (items === null) return;
    window.addEventListener('afterprint', onDone, { once: true });
    window.print();
    return () => window.removeEventListener('afterprint', onDone);
  }, [items]);
  if (failed !== null) return <Failed error={failed} onRetry={onDone} />;
  if (items === null) return <p role="status">{words.printing}</p>;
  return (
    <table className={classes['printed']}>
      <thead><tr>{(['name', 'keapId', 'kind', 'role', 'decision'] as const).map((column) => <th key={column} scope="col">{words.columns[column]}</th>)}</tr></thead>
      <tbody>
        {items.map(({ user, kind, role, decision, decidedBy, decidedAt, remark, carriedOut, changedSince }) => (
          <tr key={user.userId}>
            <td>{user.name ?? '–'}{changedSince && ` (${words.changedSince})`}</td>
            <td>{user.keapId}</td>
            <td>{texts.kinds[kind]}</td>
            <td>{texts.roles[role]}</td>
            <td>
              {decision === null ? words.undecided : words.decisions[decision]}
              {decidedBy !== null && decidedAt !== null && `, ${fill(words.decided, { name: actorName(decidedBy), time: format.time(decidedAt) })}`}
              {remark !== null && `: ${remark}`}
              {decision === 'REMOVE' && ` (${carriedOut ? words.carriedOut : words.notYet})`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
