import type { SentenceFieldsFragment } from '@partner-access/client';
import type { ReactNode } from 'react';
import { type Known, useSentences } from './sentences';

interface Props {
  readonly event: SentenceFieldsFragment;
  readonly known?: Known | undefined;
}

/** What happened, in one sentence of the person's language. What the console has no sentence for is told in the service's own words. */
export const EventSentence = ({ event, known }: Props): ReactNode => useSentences()(event, known) ?? <span lang="en">{event.summary}</span>;
