import type { UserListQueries } from '../projections/userListQueries';
import type { Clock } from './clock';
import type { ContactsHandler } from './contactsHandler';
import type { Departures } from './departures';
import type { LinkTokens } from './linkTokens';
import type { PartnerPolicy } from './partnerPolicy';
import type { PersonBindings } from './personBindings';
import type { Reassignments } from './reassignments';
import type { RecipientSends } from './recipientSends';
import type { RosterHandler } from './rosterHandler';
import type { WebhookCommands } from './webhookCommands';
import type { WebhookSecrets } from './webhookSecrets';

/** What commands work with. */
export interface CommandPorts {
  readonly rosters: RosterHandler;
  readonly contacts: ContactsHandler;
  readonly departures: Departures;
  readonly reassignments: Reassignments;
  readonly bindings: PersonBindings;
  readonly recipientSends: Pick<RecipientSends, 'inTurn' | 'sentAt' | 'note'>;
  readonly linkTokens: LinkTokens;
  readonly webhooks: WebhookCommands;
  readonly webhookSecrets: WebhookSecrets;
  readonly partnerPolicy: PartnerPolicy;
  readonly clock: Clock;
  readonly userList: UserListQueries;
  /** waits until the read models have seen everything that was in the log when it was called; false when that took too long. */
  readonly readModelsCaughtUp: () => Promise<boolean>;
}

/** Settings that commands depend on. */
export interface CommandSettings {
  /** with `{appId}` in it. */
  readonly appUrlTemplate: string;
  readonly invitationTtlMs: number;
  /** 0 is no limit. */
  readonly invitationsPerAppPerDay: number;
  readonly invitationsPerRecipientPerDay: number;
}
