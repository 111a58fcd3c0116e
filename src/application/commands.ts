import { DomainError } from '../domain/domainError';
import type { Tracing } from '../tracing/tracing';
import { AccessReviewCommands, type DecideAccessInput, type StartAccessReviewInput } from './accessReviews';
import { setAccountLabel } from './accountLabels';
import { appointAdmin, changeUserRole, rebindUser, registerApp, renameApp, setLicences } from './apps';
import type { Caller, Clock, InvitationOutcome, Keyed, Outcome, WebhookOutcome } from './commandTypes';
import type { CommandPorts, CommandSettings } from './commandPorts';
import { assignContacts, reassignContacts, unassignContacts } from './contacts';
import { leaveApp, removeUser } from './leaving';
import { acceptInvitation, declineInvitation, invite, type InviteInput, resendInvitation, revokeInvitation } from './invitations';
import type { CommandRun } from './handling/append';
import { KeyedRequests } from './handling/idempotency';
import type { EventStore, StoredEvent, StoreReach } from '../eventstore/eventStore';
import type { ReadModels } from '../projections/readModels';
import type { WebhooksQueries } from '../projections/webhooks/queries';
import { ContactsHandler } from './handling/contacts';
import { Departures, Reassignments } from './departures';
import { hashOfToken, LinkTokens, type SecretRing } from './linkTokens';
import type { PrivateAddressGuard } from './privateAddresses';
import type { PartnerPolicy } from './partnerPolicy';
import { AppUpdates } from './people/appUpdates';
import { PersonBindings } from './people/bindings';
import { PersonIdentification } from './people/identification';
import { Rights } from './handling/rights';
import { RosterHandler } from './handling/roster';
import { DryRunRosters, type Rosters } from './handling/rosterCache';
import { type RegisterWebhookInput, type ReplayWebhookInput, WebhookCommands, WebhookQuota, WebhookSecrets } from './webhookEndpoints';

/**
 * The handler of every command, by the name of its mutation. A handler returns the log position of its last event and the ids
 * of the objects that it changed.
 */
const HANDLERS = {
  registerApp,
  setLicences,
  renameApp,
  invitePartner: (ports: CommandPorts, input: InviteInput, run: CommandRun) => invite(ports, 'PARTNER', input, run),
  inviteUser: (ports: CommandPorts, input: InviteInput, run: CommandRun) => invite(ports, 'USER', input, run),
  resendInvitation,
  revokeInvitation,
  acceptInvitation,
  declineInvitation,
  changeUserRole,
  removeUser,
  leaveApp,
  assignContacts,
  unassignContacts,
  reassignContacts,
  setAccountLabel,
  appointAdmin,
  rebindUser,
  startAccessReview: ({ accessReviews }: CommandPorts, input: StartAccessReviewInput, run: CommandRun) => accessReviews.start(input, run),
  decideAccess: ({ accessReviews }: CommandPorts, input: DecideAccessInput, run: CommandRun) => accessReviews.decide(input, run),
  finishAccessReview: ({ accessReviews }: CommandPorts, input: { readonly reviewId: string }, run: CommandRun) => accessReviews.finish(input, run),
  releaseKeapId: ({ bindings }: CommandPorts, input: { readonly keapId: string }, run: CommandRun) => bindings.release(input, run),
  registerWebhook: ({ webhooks }: CommandPorts, input: RegisterWebhookInput, run: CommandRun) => webhooks.register(input, run),
  removeWebhook: ({ webhooks }: CommandPorts, input: { readonly webhookId: string }, run: CommandRun) => webhooks.remove(input, run),
  replayWebhook: ({ webhooks }: CommandPorts, input: ReplayWebhookInput, run: CommandRun) => webhooks.replay(input, run),
};

type Execute<Handler> = Handler extends (ports: CommandPorts, input: infer Input, run: CommandRun) => infer Result ? (caller: Caller, input: Input & Keyed) => Result : never;
type KeyedCommands = { readonly [Name in keyof typeof HANDLERS]: Execute<(typeof HANDLERS)[Name]> };

/**
 * The commands that a request can send. A request that repeats an idempotency key gets the first answer and changes nothing.
 * Each command throws `DomainError` when a rule forbids it, `StoreUnavailable` when the store cannot be reached and
 * `ProjectionBehind` when the read models are too far behind to decide.
 */
export interface MembershipCommands extends KeyedCommands {
  /** Returns the key that signs a webhook's requests. It is shown to the operator who registers the webhook. */
  webhookSecret(webhook: Pick<WebhookOutcome, 'webhookId'>): string;
  /** Returns the token in the invitation's link; null outside development mode. */
  developmentToken(sent: Pick<InvitationOutcome, 'invitationId' | 'sendCount'>): string | null;
}

function membershipCommands(ports: CommandPorts, requests: KeyedRequests, development: boolean, standing: RosterHandler | null, tracing: Tracing | null): MembershipCommands {
  const rights = new Rights(ports.rosters, ports.clock, ports.accessReviews);
  type Handler = (ports: CommandPorts, input: never, run: CommandRun) => Promise<Outcome>;
  const execute = async (mutation: string, handle: Handler, caller: Caller, input: never): Promise<Outcome> => {
    const sent = { mutation, caller, input };
    if (standing) await rights.requireStanding(sent, standing);
    return requests.execute(mutation, caller, input, (run) => handle(ports, input, run), (outcome) => rights.requireStill(sent, outcome));
  };
  const executing = (mutation: string, handle: Handler) => (caller: Caller, input: never) => inCommandSpan(tracing, mutation, caller, (traced) => execute(mutation, handle, traced, input));
  const commands = Object.entries<Handler>(HANDLERS).map(([name, handle]) => [name, executing(name, handle)]);
  return {
    ...(Object.fromEntries(commands) as KeyedCommands),
    webhookSecret: ({ webhookId }) => ports.webhookSecrets.secretOf(webhookId),
    developmentToken({ invitationId, sendCount }) {
      if (!development) return null;
      // A repeated request gets the token of before an exchange of SECRET_KEY.
      const tokens = ports.linkTokens.tokensOf(invitationId, sendCount);
      return tokens.find((token) => ports.userList.invitationByTokenHash(hashOfToken(token)) !== undefined) ?? tokens[0] ?? null;
    },
  };
}

/** Runs a command within a span, which its events then name. A refusal by rule is no failure of the span. @throws what `run` throws. */
async function inCommandSpan<T>(tracing: Tracing | null, mutation: string, caller: Caller, run: (caller: Caller) => Promise<T>): Promise<T> {
  if (!tracing) return run(caller);
  const span = tracing.start({ name: `command ${mutation}`, parent: caller.request.traceparent });
  try {
    const outcome = await run({ ...caller, request: { ...caller.request, traceparent: span.traceparent } });
    span.end();
    return outcome;
  } catch (error) {
    if (error instanceof DomainError) span.set({ 'partner_access.refusal': error.code });
    span.end(error instanceof DomainError ? undefined : error);
    throw error;
  }
}

/** The dependencies of command handling. */
export interface HandlingParts {
  readonly store: EventStore;
  readonly reach: StoreReach;
  readonly clock: Clock;
  readonly ring: SecretRing;
  readonly readModels: ReadModels;
  readonly readModelsCaughtUp: () => Promise<boolean>;
  readonly partnerPolicy: PartnerPolicy;
  readonly settings: CommandSettings;
  readonly webhooks: WebhooksQueries;
  readonly addressGuard: PrivateAddressGuard;
  readonly development: boolean;
  /** Records a span of each command; null records none. */
  readonly tracing: Tracing | null;
}

/** Command handling over one event store. */
export interface CommandHandling {
  readonly ports: CommandPorts;
  readonly commands: MembershipCommands;
  readonly identification: PersonIdentification;
}

/**
 * Builds command handling over a store. A dry run has one of its own, over a store of its own, and blocks no other command.
 * @param standing the rosters of the log. Those of a dry run are laid over them.
 * @param appended in a dry run: returns the events that it has appended so far, in order.
 */
export function commandHandlingOver(parts: HandlingParts, standing: Rosters, appended: (() => readonly StoredEvent[]) | null = null): CommandHandling {
  const { store, clock, ring, readModels, settings } = parts;
  const secretKey = ring.identity;
  const rosters = new RosterHandler(store, clock, appended ? new DryRunRosters(standing, appended) : standing);
  const bindings = new PersonBindings(store, clock, secretKey);
  const contacts = new ContactsHandler(store, readModels.assignedContacts, clock, rosters);
  const reassignments = new Reassignments(contacts, parts.readModelsCaughtUp);
  const ports: CommandPorts = {
    store, settings, rosters, contacts, reassignments, bindings, clock,
    departures: new Departures(rosters, contacts, reassignments),
    accessReviews: new AccessReviewCommands(store, rosters, readModels.accessReviews),
    linkTokens: new LinkTokens(ring),
    webhooks: new WebhookCommands(store, clock, new WebhookQuota(store, clock, parts.webhooks), parts.addressGuard, parts.development),
    webhookSecrets: new WebhookSecrets(secretKey),
    partnerPolicy: parts.partnerPolicy,
    userList: readModels.userList,
    readModelsCaughtUp: parts.readModelsCaughtUp,
  };
  return {
    ports,
    commands: membershipCommands(ports, new KeyedRequests(store, clock, secretKey), parts.development, appended && new RosterHandler(store, clock, standing), parts.tracing),
    identification: new PersonIdentification(bindings, readModels.keapIds, appended ? null : new AppUpdates(rosters, readModels.userList), parts.reach),
  };
}
