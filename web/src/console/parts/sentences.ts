import type { SentenceFieldsFragment } from '@partner-access/client';
import { fill, useLanguage } from '../texts/language';
import { nameOf } from './names';

/** Somebody whose name a page knows. An event names only one of the two people between whom contacts or an invitation move. */
export interface Known {
  readonly userId: string;
  readonly name: string | null;
  readonly keapId: string;
}

/** Takes the place of the app where an event belongs to none. */
const NO_APP = '-';

/** The host of an address, whose path may hold a secret. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

/** The name of the person whom an event is about, as the app or else the event says it. */
function userOf(event: SentenceFieldsFragment): string | null {
  if (event.user !== null) return nameOf(event.user);
  const person = 'person' in event ? event.person : null;
  return person == null ? null : nameOf(person);
}

/** Returns a function that tells what happened in one sentence of the person's language; null for what the console has no sentence for. */
export function useSentences(): (event: SentenceFieldsFragment, known?: Known) => string | null {
  const { texts: { events, roles }, format } = useLanguage();
  return (event, known) => {
    const names = {
      actor: event.actor.name ?? event.actor.keapId ?? events.actors[event.actor.kind],
      user: userOf(event) ?? events.somebody,
    };
    const otherOf = (userId: string): string | null => (known?.userId === userId ? nameOf(known) : null);
    const say = (text: string, more: Readonly<Record<string, string>> = {}): string => {
      const said = fill(text, { ...names, ...more });
      // A Keap ID stays as it is.
      return said.startsWith(events.somebody) ? said.charAt(0).toUpperCase() + said.slice(1) : said;
    };
    switch (event.__typename) {
      case 'AppRegisteredEvent': return format.plural(events.registered, event.licences, { ...names, name: event.name });
      case 'OwnerAddedEvent': return say(events.ownerAdded);
      case 'LicencesSetEvent': return format.plural(events.licences, event.licences, names);
      case 'AppRenamedEvent': return say(events.renamed, { name: event.name, url: event.url });
      case 'ImportStartedEvent': return say(events.importStarted);
      case 'ImportFinishedEvent': return format.plural(events.importFinished, event.changes, names);
      case 'PartnerInvitedEvent': return say(events.invited.PARTNER, { role: roles[event.role] });
      case 'UserInvitedEvent': return say(events.invited.USER, { role: roles[event.role] });
      case 'InvitationResentEvent': return say(events.resent);
      case 'InvitationRevokedEvent': return say(events.revoked);
      case 'InvitationDeclinedEvent': return say(events.declined);
      case 'InvitationExpiredEvent': return say(events.expired);
      case 'InvitationAcceptedEvent': return say(events.joined[event.kind], { role: roles[event.role] });
      case 'UserRoleChangedEvent': return say(events.roleChanged, { from: roles[event.from], to: roles[event.to] });
      case 'PersonBoundEvent': return say(events.bound);
      case 'AdminAppointedEvent': return say(events.appointed);
      case 'UserReboundEvent': return say(event.toPersonId === null ? events.reboundNext : events.rebound);
      case 'PersonUpdatedEvent': return say(events.updated);
      case 'PartnerLeftAppEvent': return say(events.left);
      case 'UserRemovedEvent': return say(events.removed);
      case 'ContactsAssignedEvent': return format.plural(events.assigned, event.contactIds.length, names);
      case 'ContactsUnassignedEvent': return format.plural(events.unassigned, event.contactIds.length, names);
      case 'AssigneeClosedEvent': return say(events.closed[event.closingReason]);
      case 'AssigneeReopenedEvent': return say(events.reopened);
      case 'ReassignmentFinishedEvent': return say(event.complete ? events.reassignmentFinished : events.reassignmentGivenUp);
      case 'ContactsReassignedEvent': {
        const other = otherOf(event.fromUserId);
        return other === null ? null : format.plural(events.reassigned, event.contactIds.length, { ...names, other });
      }
      case 'InvitationMovedEvent': {
        const other = otherOf(event.fromUserId);
        return other === null ? null : say(events.moved, { other });
      }
      case 'ReassignmentStartedEvent': {
        const other = otherOf(event.fromUserId);
        return other === null ? null : say(events.reassignmentStarted, { other });
      }
      case 'WebhookRegisteredEvent': return say(events.webhookRegistered, { host: hostOf(event.webhookUrl) });
      case 'WebhookReplayRequestedEvent': return say(event.after == null ? events.deadLettersAgain : events.eventsAgain);
      case 'WebhookRemovedEvent': return say(events.webhookRemoved);
      case 'KeapIdReleasedEvent': return say(events.keapIdReleased);
      case 'AuditorReadEvent': return event.appId === NO_APP ? say(events.readAll, { read: event.read }) : say(events.read, { read: event.read, app: event.appId });
      case 'AccessReviewStartedEvent': return format.plural(events.reviewStarted, event.people, { ...names, app: event.appId });
      case 'AccessReviewRemindedEvent': return say(events.reviewReminded[event.reminder], { undecided: format.number(event.undecided), people: format.number(event.people) });
      case 'PersonErasedEvent': return format.plural(events.erased, event.events, { ...names, number: format.number(event.number) });
      default: return null;
    }
  };
}
