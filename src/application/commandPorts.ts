import type { EventStore } from '../eventstore/eventStore';
import type { UserListQueries } from '../projections/userList/queries';
import type { AccessReviewCommands } from './accessReviews';
import type { Clock } from './commandTypes';
import type { ContactsHandler } from './handling/contacts';
import type { Departures, Reassignments } from './departures';
import type { LinkTokens } from './linkTokens';
import type { PartnerPolicy } from './partnerPolicy';
import type { PersonBindings } from './people/bindings';
import type { RosterHandler } from './handling/roster';
import type { WebhookCommands, WebhookSecrets } from './webhookEndpoints';

/** The services and settings that command handlers use. */
export interface CommandPorts {
  readonly store: EventStore;
  readonly settings: CommandSettings;
  readonly rosters: RosterHandler;
  readonly contacts: ContactsHandler;
  readonly departures: Departures;
  readonly reassignments: Reassignments;
  readonly bindings: PersonBindings;
  readonly linkTokens: LinkTokens;
  readonly accessReviews: AccessReviewCommands;
  readonly webhooks: WebhookCommands;
  readonly webhookSecrets: WebhookSecrets;
  readonly partnerPolicy: PartnerPolicy;
  readonly clock: Clock;
  readonly userList: UserListQueries;
  /** Waits until the read models have applied every event that was in the log at the call. Returns false after a time-out. */
  readonly readModelsCaughtUp: () => Promise<boolean>;
}

/** Settings that commands depend on. */
export interface CommandSettings {
  /** Contains the placeholder `{appId}`. */
  readonly appUrlTemplate: string;
  readonly invitationTtlMs: number;
  /** Limit per app; 0 means no limit. */
  readonly invitationsPerAppPerDay: number;
  /** Limit per recipient of one app; 0 means no limit. */
  readonly invitationsPerRecipientPerDay: number;
}
