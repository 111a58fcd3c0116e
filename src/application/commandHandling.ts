import type { EventStore, LogPosition } from '../eventstore/eventStore';
import type { ReadModels } from '../projections/readModels';
import type { WebhooksQueries } from '../projections/webhooksQueries';
import { AccountLabels } from './accountLabels';
import type { Clock } from './clock';
import type { CommandPorts, CommandSettings } from './commandPorts';
import { ContactsHandler } from './contactsHandler';
import { Departures } from './departures';
import { KeyedRequests } from './keyedRequests';
import { LinkTokens } from './linkTokens';
import { MembershipCommands } from './membershipCommands';
import type { OutsideAddresses } from './outsideAddresses';
import type { PartnerPolicy } from './partnerPolicy';
import { PersonBindings } from './personBindings';
import { PersonIdentification } from './personIdentification';
import { Reassignments } from './reassignments';
import { RecipientSends } from './recipientSends';
import { RosterHandler } from './rosterHandler';
import { WebhookCommands } from './webhookCommands';
import { WebhookPlaces } from './webhookPlaces';
import { WebhookSecrets } from './webhookSecrets';

/** What commands are handled with. */
export interface HandlingParts {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly secretKey: Buffer;
  readonly readModels: ReadModels;
  /** what the read models have seen. */
  readonly position: () => LogPosition;
  readonly readModelsCaughtUp: () => Promise<boolean>;
  readonly partnerPolicy: PartnerPolicy;
  readonly settings: CommandSettings;
  readonly webhooks: WebhooksQueries;
  readonly outside: OutsideAddresses;
  readonly development: boolean;
  readonly afterClosing: (() => Promise<void>) | undefined;
}

/** Everything between a request and its events, over one store. */
export interface CommandHandling {
  readonly ports: CommandPorts;
  readonly commands: MembershipCommands;
  readonly identification: PersonIdentification;
}

/** @param recipientSends who was sent how much, where that is known already. */
export function commandHandlingOver(parts: HandlingParts, recipientSends?: CommandPorts['recipientSends']): CommandHandling {
  const { store, clock, secretKey, readModels, settings } = parts;
  const rosters = new RosterHandler(store, clock);
  const bindings = new PersonBindings(store, clock, secretKey);
  const contacts = new ContactsHandler(store, readModels.assignedContacts, clock);
  const reassignments = new Reassignments(contacts);
  const ports: CommandPorts = {
    rosters, contacts, reassignments, bindings, clock,
    departures: new Departures(rosters, contacts, reassignments, parts.afterClosing),
    recipientSends: recipientSends ?? new RecipientSends((keapId, since) => readModels.userList.recipientSends(keapId, since), parts.position),
    linkTokens: new LinkTokens(secretKey),
    webhooks: new WebhookCommands(store, clock, new WebhookPlaces(store, clock, parts.webhooks), parts.outside, parts.development),
    webhookSecrets: new WebhookSecrets(secretKey),
    partnerPolicy: parts.partnerPolicy,
    userList: readModels.userList,
    readModelsCaughtUp: parts.readModelsCaughtUp,
  };
  return {
    ports,
    commands: new MembershipCommands(ports, settings, new KeyedRequests(store, clock, secretKey), new AccountLabels(store, rosters, clock), parts.development),
    identification: new PersonIdentification(bindings, rosters, readModels.userList),
  };
}

/** The same over a store for a trial, which leaves no trace: nobody waits for it, and it counts for no limit. */
export function trialHandling(parts: HandlingParts, store: EventStore, { recipientSends }: CommandPorts): CommandHandling {
  return commandHandlingOver({ ...parts, store }, {
    inTurn: (_keapId, work) => work(),
    sentAt: (keapId, since) => recipientSends.sentAt(keapId, since),
    note: () => undefined,
  });
}
