import type { SentenceFieldsFragment, UserKind, UserRole } from '@partner-access/client';

/** A time during which somebody had access with the same role. */
export interface Period {
  readonly kind: UserKind;
  readonly role: UserRole;
  readonly from: string;
  /** Null while it lasts. */
  readonly to: string | null;
}

/** The types of events that say who had access, and how it came about. */
export const ACCESS_EVENTS: readonly string[] = [
  'OwnerAdded', 'PartnerInvited', 'UserInvited', 'InvitationMoved', 'InvitationResent', 'InvitationRevoked', 'InvitationDeclined', 'InvitationExpired',
  'InvitationAccepted', 'UserRoleChanged', 'AdminAppointed', 'PersonBound', 'UserRebound', 'PartnerLeftApp', 'UserRemoved',
];

/** The periods of access that events of one person tell about, latest first. @param events earliest first. */
export function periodsOf(events: readonly SentenceFieldsFragment[]): readonly Period[] {
  const periods: Period[] = [];
  const lasting = (): Period | undefined => (periods[0]?.to === null ? periods[0] : undefined);
  const end = (to: string): void => {
    const period = lasting();
    if (period !== undefined) periods[0] = { ...period, to };
  };
  const begin = (from: string, kind: UserKind, role: UserRole): void => {
    end(from);
    periods.unshift({ kind, role, from, to: null });
  };
  for (const event of events) {
    const at = event.occurredAt;
    const now = lasting();
    switch (event.__typename) {
      case 'OwnerAddedEvent': begin(at, 'USER', 'ADMIN'); break;
      case 'InvitationAcceptedEvent': begin(at, event.kind, event.role); break;
      case 'AdminAppointedEvent': if (now?.role !== 'ADMIN') begin(at, 'USER', 'ADMIN'); break;
      case 'UserRoleChangedEvent': if (now !== undefined) begin(at, now.kind, event.to); break;
      case 'PartnerLeftAppEvent': case 'UserRemovedEvent': end(at); break;
      default: break;
    }
  }
  return periods;
}

/** The events since somebody was last invited, became the owner or was appointed: they led to what the person is now. @param events earliest first. */
export function lastChapterOf(events: readonly SentenceFieldsFragment[]): readonly SentenceFieldsFragment[] {
  const start = events.findLastIndex(begins);
  return events.slice(Math.max(0, start));
}

function begins(event: SentenceFieldsFragment): boolean {
  switch (event.__typename) {
    case 'OwnerAddedEvent': case 'PartnerInvitedEvent': case 'UserInvitedEvent': case 'InvitationMovedEvent': return true;
    case 'AdminAppointedEvent': return !event.wasMember;
    default: return false;
  }
}
