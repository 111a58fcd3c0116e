import { isRefusal, StartAccessReviewDocument } from '@partner-access/client';
import { Button, Group, Textarea, TextInput } from '@mantine/core';
import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { useChange } from '../../api/useChange';
import { Dialog } from '../../parts/Dialog';
import { Problem } from '../../parts/Problem';
import { fill, useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';

interface Props {
  readonly appId: string;
  readonly accountName: string;
  readonly onClose: () => void;
  readonly onStarted: (reviewId: string) => void;
}

const MAX_NOTE = 500;

/** The end of a day in the person's zone: a review that is due on a day may be finished on it. */
const endOf = (day: string): Date => new Date(`${day}T23:59:59.999`);

/** Asks for what a review needs, and starts it. */
export function StartDialog({ appId, accountName, onClose, onStarted }: Props): ReactNode {
  const { texts } = useLanguage();
  const words = useReviewTexts();
  const change = useChange(StartAccessReviewDocument);
  const [note, setNote] = useState('');
  const [day, setDay] = useState('');
  const [mistake, setMistake] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const start = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const isPast = day !== '' && !(endOf(day).getTime() > Date.now());
    setRefused(null);
    setMistake(isPast ? words.dueInPast : null);
    if (isPast) return;
    const answer = (await change.run({ input: { appId, ...(note.trim() === '' ? {} : { note: note.trim() }), ...(day === '' ? {} : { dueAt: endOf(day).toISOString() }) } }))?.startAccessReview;
    if (answer === undefined) return;
    if (isRefusal(answer)) setRefused(answer.message);
    else onStarted(answer.review.reviewId);
  };
  return (
    <Dialog title={words.startTitle} isUnderWay={change.isUnderWay} onClose={onClose}>
      <form noValidate onSubmit={(event) => void start(event)}>
        <p>{fill(words.startLead, { app: accountName })}</p>
        <Textarea data-autofocus label={words.note} description={words.noteHint} maxLength={MAX_NOTE} value={note} readOnly={change.isUnderWay} onChange={({ currentTarget }) => setNote(currentTarget.value)} />
        <TextInput mt="md" type="date" label={words.dueAt} error={mistake} value={day} readOnly={change.isUnderWay} onChange={({ currentTarget }) => setDay(currentTarget.value)} />
        <div aria-live="polite"><Problem>{refused ?? change.problem}</Problem></div>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" disabled={change.isUnderWay} onClick={onClose}>{texts.cancel}</Button>
          <Button type="submit" loading={change.isUnderWay}>{words.start}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
