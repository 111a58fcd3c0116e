import { Button, CopyButton, Modal, Title } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { addressOf } from '../../../../server';
import { EventSentence } from '../../../parts/EventSentence';
import { Empty, Failed, Loading } from '../../../parts/states';
import { useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import { useHistoryAddress } from '../address';
import { useKnown } from '../useKnown';
import { EventFacts } from './EventFacts';
import { EventProof } from './EventProof';
import classes from './event.module.css';
import type { StoredEvent } from './evidence';
import { StoredJson } from './StoredJson';
import { type CheckedEvent, useCheckedEvent } from './useCheckedEvent';

/** An event of its own address: what is stored of it, and the proof of it. */
export function EventDialog({ id }: { readonly id: string }): ReactNode {
  const { texts } = useLanguage();
  const { event: own } = useHistoryTexts();
  const { change } = useHistoryAddress();
  const isNarrow = useMediaQuery('(max-width: 40rem)', false, { getInitialValueInEffect: false });
  const checked = useCheckedEvent(id);
  const { event, error, checkAgain } = checked;
  return (
    <Modal opened onClose={() => change({ event: null })} title={own.title} size="xl" fullScreen={isNarrow} closeButtonProps={{ 'aria-label': texts.close }}>
      {event === undefined && (error ? <Failed error={error} onRetry={checkAgain} /> : <Loading lines={6} height={48} />)}
      {event === null && <Empty>{own.none}</Empty>}
      {event && <EventContents event={event} checked={checked} />}
    </Modal>
  );
}

function EventContents({ event, checked }: { readonly event: StoredEvent; readonly checked: CheckedEvent }): ReactNode {
  const { texts: { copied: copiedText } } = useLanguage();
  const { event: texts } = useHistoryTexts();
  const known = useKnown(event);
  return (
    <>
      <Title order={3} size="h4" mb="md"><EventSentence event={event} known={known} /></Title>
      <p className={classes['link']}>
        <CopyButton value={addressOf(`history?app=${encodeURIComponent(event.appId)}&event=${encodeURIComponent(event.id)}`)}>{({ copied, copy }) => <Button variant="default" size="compact-sm" onClick={copy}>{copied ? copiedText : texts.copyLink}</Button>}</CopyButton> {texts.linkHint}
      </p>
      <EventFacts event={event} />
      <Title order={3} size="h5" mt="lg" mb="xs">{texts.proof}</Title>
      <EventProof event={event} checked={checked} />
      <Title order={3} size="h5" mt="lg" mb="xs">{texts.stored}</Title>
      <StoredJson event={event} />
    </>
  );
}
