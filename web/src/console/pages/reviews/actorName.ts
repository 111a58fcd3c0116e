import type { ReviewFieldsFragment } from '@partner-access/client';
import { useLanguage } from '../../texts/language';

/** Somebody who started a review, decided in it or finished it. */
type Actor = Pick<ReviewFieldsFragment['startedBy'], 'name' | 'keapId' | 'kind'>;

/** Returns a function that names who did something; by their role where the app does not know them. */
export function useActorName(): (actor: Actor) => string {
  const { texts: { events } } = useLanguage();
  return ({ name, keapId, kind }) => name ?? keapId ?? events.actors[kind];
}
