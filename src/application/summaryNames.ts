import type { AppEvent } from '../domain/events';
import { summaryOf, unknownSummary } from './historySummary';

/** How somebody is known. */
interface Known {
  readonly name: string | null;
  readonly keapId: string;
}

/** Who is known in which app, by what is known now. */
export interface KnownPeople {
  readonly user: (key: { readonly appId: string; readonly userId: string }) => Promise<Known | undefined>;
  /** a signed-in person as a user of the app. */
  readonly person: (key: { readonly appId: string; readonly personId: string }) => Promise<Known | undefined>;
}

/** An event of an app whose summary is wanted. */
export interface SummarizedEvent {
  readonly appId: string;
  readonly actorId: string;
  readonly type: string;
  /** null where this program does not know the type. */
  readonly event: AppEvent | null;
}

const SYSTEM_NAMES: Readonly<Record<string, string>> = { import: 'An import', expiry: 'The service' };

/** One plain sentence that says what happened, with the names as they are known now. */
export async function summaryWithNames({ event, appId, actorId, type }: SummarizedEvent, people: KnownPeople): Promise<string> {
  if (!event) return unknownSummary(type);
  const { data } = event;
  const [actor, user, otherUser] = await Promise.all([
    people.person({ appId, personId: actorId }),
    'userId' in data ? people.user({ appId, userId: data.userId }) : undefined,
    'fromUserId' in data ? people.user({ appId, userId: data.fromUserId }) : undefined,
  ]);
  const written = 'person' in data ? data.person : undefined;
  return summaryOf(event, { actor: nameOf(actor) ?? actorWithoutName(actorId, type), user: nameOf(user) ?? nameOf(written) ?? 'somebody', otherUser: nameOf(otherUser) ?? 'somebody' });
}

/** The same sentence about nobody in particular. */
export function summaryWithoutNames({ event, actorId, type }: SummarizedEvent): string {
  if (!event) return unknownSummary(type);
  const sentence = summaryOf(event, { actor: actorWithoutName(actorId, type), user: 'somebody', otherUser: 'somebody' });
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

const nameOf = (known: Known | null | undefined): string | undefined => known?.name ?? known?.keapId;

const actorWithoutName = (actorId: string, type: string): string => SYSTEM_NAMES[actorId] ?? (type === 'AppRegistered' || type === 'LicencesSet' ? 'An operator' : 'Somebody');
