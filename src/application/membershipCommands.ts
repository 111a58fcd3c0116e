import type { AccountLabels } from './accountLabels';
import { changeUserRole, registerApp, setLicences } from './appCommands';
import type { Caller } from './caller';
import type { CommandPorts, CommandSettings } from './commandPorts';
import type {
  AnswerInvitationInput, AssignContactsInput, AssignOutcome, ChangeUserRoleInput, CommandOutcome, ContactsOutcome, InvitationInput, InvitationOutcome, InviteInput,
  LeaveAppInput, Outcome, ReassignContactsInput, ReassignOutcome, RegisterAppInput, RegisterWebhookInput, ReleaseKeapIdInput, RemoveUserInput, RemoveWebhookInput, ReplayWebhookInput,
  SetAccountLabelInput, SetLicencesInput, UnassignContactsInput, UserOutcome, WebhookOutcome,
} from './commandTypes';
import { ContactCommands } from './contactCommands';
import { leaveApp, removeUser } from './departureCommands';
import { InvitationCommands } from './invitationCommands';
import type { KeyedRequests } from './keyedRequests';

/**
 * Everything that a request may wish for. Each method answers where its events stand in the log and what they are about;
 * with an idempotency key it answers the same wish once.
 * Each throws `DomainError` when a rule says no, `StoreUnavailable` when the store cannot be reached and
 * `ProjectionBehind` when the read models are too far behind to decide.
 */
export class MembershipCommands {
  readonly #invitations: InvitationCommands;
  readonly #contacts: ContactCommands;

  constructor(
    private readonly ports: CommandPorts,
    private readonly settings: CommandSettings,
    private readonly keyedRequests: KeyedRequests,
    private readonly accountLabels: AccountLabels,
    private readonly development: boolean,
  ) {
    this.#invitations = new InvitationCommands(ports, settings);
    this.#contacts = new ContactCommands(ports);
  }

  registerApp(caller: Caller, input: RegisterAppInput): Promise<UserOutcome> {
    return this.keyedRequests.execute('registerApp', caller, input, (run) => registerApp(this.ports, this.settings, input, run));
  }

  setLicences(caller: Caller, input: SetLicencesInput): Promise<CommandOutcome> {
    return this.keyedRequests.execute('setLicences', caller, input, (run) => setLicences(this.ports, input, run));
  }

  invitePartner(caller: Caller, input: InviteInput): Promise<InvitationOutcome> {
    return this.keyedRequests.execute('invitePartner', caller, input, (run) => this.#invitations.invite('PARTNER', input, run));
  }

  inviteUser(caller: Caller, input: InviteInput): Promise<InvitationOutcome> {
    return this.keyedRequests.execute('inviteUser', caller, input, (run) => this.#invitations.invite('USER', input, run));
  }

  resendInvitation(caller: Caller, input: InvitationInput): Promise<InvitationOutcome> {
    return this.keyedRequests.execute('resendInvitation', caller, input, (run) => this.#invitations.resend(input, run));
  }

  revokeInvitation(caller: Caller, input: InvitationInput): Promise<InvitationOutcome> {
    return this.keyedRequests.execute('revokeInvitation', caller, input, (run) => this.#invitations.revoke(input, run));
  }

  acceptInvitation(caller: Caller, input: AnswerInvitationInput): Promise<InvitationOutcome> {
    return this.keyedRequests.execute('acceptInvitation', caller, input, (run) => this.#invitations.accept(input, run));
  }

  declineInvitation(caller: Caller, input: AnswerInvitationInput): Promise<InvitationOutcome> {
    return this.keyedRequests.execute('declineInvitation', caller, input, (run) => this.#invitations.decline(input, run));
  }

  changeUserRole(caller: Caller, input: ChangeUserRoleInput): Promise<UserOutcome> {
    return this.keyedRequests.execute('changeUserRole', caller, input, (run) => changeUserRole(this.ports, input, run));
  }

  removeUser(caller: Caller, input: RemoveUserInput): Promise<UserOutcome> {
    return this.keyedRequests.execute('removeUser', caller, input, (run) => removeUser(this.ports, input, run));
  }

  leaveApp(caller: Caller, input: LeaveAppInput): Promise<CommandOutcome> {
    return this.keyedRequests.execute('leaveApp', caller, input, (run) => leaveApp(this.ports, input, run));
  }

  assignContacts(caller: Caller, input: AssignContactsInput): Promise<AssignOutcome> {
    return this.keyedRequests.execute('assignContacts', caller, input, (run) => this.#contacts.assign(input, run));
  }

  unassignContacts(caller: Caller, input: UnassignContactsInput): Promise<ContactsOutcome> {
    return this.keyedRequests.execute('unassignContacts', caller, input, (run) => this.#contacts.unassign(input, run));
  }

  reassignContacts(caller: Caller, input: ReassignContactsInput): Promise<ReassignOutcome> {
    return this.keyedRequests.execute('reassignContacts', caller, input, (run) => this.#contacts.reassign(input, run));
  }

  setAccountLabel(caller: Caller, input: SetAccountLabelInput): Promise<UserOutcome> {
    return this.keyedRequests.execute('setAccountLabel', caller, input, (run) => this.accountLabels.set(input, run));
  }

  releaseKeapId(caller: Caller, input: ReleaseKeapIdInput): Promise<Outcome> {
    return this.keyedRequests.execute('releaseKeapId', caller, input, (run) => this.ports.bindings.release(input, run));
  }

  registerWebhook(caller: Caller, input: RegisterWebhookInput): Promise<WebhookOutcome> {
    return this.keyedRequests.execute('registerWebhook', caller, input, (run) => this.ports.webhooks.register(input, run));
  }

  removeWebhook(caller: Caller, input: RemoveWebhookInput): Promise<WebhookOutcome> {
    return this.keyedRequests.execute('removeWebhook', caller, input, (run) => this.ports.webhooks.remove(input, run));
  }

  replayWebhook(caller: Caller, input: ReplayWebhookInput): Promise<WebhookOutcome> {
    return this.keyedRequests.execute('replayWebhook', caller, input, (run) => this.ports.webhooks.replay(input, run));
  }

  /** The key of a webhook's signatures, for who has registered it. */
  webhookSecret({ webhookId }: Pick<WebhookOutcome, 'webhookId'>): string {
    return this.ports.webhookSecrets.secretOf(webhookId);
  }

  /** The token of the link that was sent; null outside development mode. */
  developmentToken({ invitationId, sendCount }: Pick<InvitationOutcome, 'invitationId' | 'sendCount'>): string | null {
    return this.development ? this.ports.linkTokens.tokenOf(invitationId, sendCount) : null;
  }
}
