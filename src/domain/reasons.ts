import type { DomainEvent } from './events';

/** Returns why somebody did what an event records, in their words; null where no reason was given, and for events that have none. */
export function reasonGiven(event: DomainEvent): string | null {
  switch (event.type) {
    case 'PartnerInvited':
    case 'UserInvited':
    case 'UserRoleChanged':
    case 'UserRemoved':
    case 'AdminAppointed':
    case 'UserRebound':
      return event.data.reason;
    case 'AssigneeClosed':
      return event.data.removalReason;
    case 'ReassignmentStarted':
      return event.data.removal?.reason ?? null;
    default:
      return null;
  }
}
