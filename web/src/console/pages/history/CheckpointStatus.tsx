import { HistoryPositionsDocument, LatestCheckpointDocument } from '@partner-access/client';
import { Button, CopyButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { useQuery } from 'urql';
import { Failed, Loading } from '../../parts/states';
import { fill, useLanguage } from '../../texts/language';
import { useHistoryTexts } from '../../texts/history/historyTexts';
import classes from './history.module.css';

/** Events after the checkpoint are counted up to this number. */
const MOST = 200;

/** What was signed last, and how much of the app's history came after it. For auditors and operators. */
export function CheckpointStatus({ appId }: { readonly appId: string }): ReactNode {
  const { texts: { copy: copyText, copied: copiedText }, format } = useLanguage();
  const { checkpoint: texts } = useHistoryTexts();
  const [{ data, error, fetching }, read] = useQuery({ query: LatestCheckpointDocument, requestPolicy: 'cache-and-network' });
  const checkpoint = data?.latestCheckpoint;
  const [{ data: after }, readAfter] = useQuery({
    query: HistoryPositionsDocument, variables: { filter: { appId, afterPosition: checkpoint?.position ?? null }, first: MOST }, pause: checkpoint == null, requestPolicy: 'cache-and-network',
  });
  const again = (): void => {
    read({ requestPolicy: 'network-only' });
    readAfter({ requestPolicy: 'network-only' });
  };
  if (error) return <Failed error={error} onRetry={again} />;
  if (!data) return <Loading lines={1} height={98} />;
  const count = after?.membershipEvents.nodes.length;
  const since = (): string => {
    if (count === undefined) return '';
    if (after?.membershipEvents.pageInfo.hasNextPage === true) return fill(texts.manySince, { count: format.number(count) });
    return count === 0 ? texts.covered : format.plural(texts.since, count);
  };
  return (
    <section aria-label={texts.title} className={classes['checkpoint']} data-checkpoint={checkpoint?.events ?? 0} data-since={count}>
      <div>
        <strong>{texts.title}</strong>
        <p>{checkpoint == null ? texts.none : format.plural(texts.signed, checkpoint.events, { time: format.time(checkpoint.time) })} {checkpoint != null && since()}</p>
        {checkpoint != null && (
          <p>{texts.key} <code>{checkpoint.keyId}</code> <CopyButton value={checkpoint.keyId}>{({ copied, copy }) => <Button variant="subtle" size="compact-xs" onClick={copy}>{copied ? copiedText : copyText}</Button>}</CopyButton></p>
        )}
      </div>
      <Button variant="default" size="compact-sm" loading={fetching} onClick={again}>{texts.again}</Button>
    </section>
  );
}
