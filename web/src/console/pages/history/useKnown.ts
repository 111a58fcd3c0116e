import { type SentenceFieldsFragment, UserDocument } from '@partner-access/client';
import { useQuery } from 'urql';
import type { Known } from '../../parts/sentences';

/** The user whom an event names by their id alone, from whom contacts or an invitation moved. */
export function useKnown(event: SentenceFieldsFragment): Known | undefined {
  const userId = 'fromUserId' in event ? event.fromUserId : null;
  const [{ data }] = useQuery({ query: UserDocument, variables: { appId: event.appId, userId: userId ?? '' }, pause: userId === null });
  return data?.app?.user ?? undefined;
}
