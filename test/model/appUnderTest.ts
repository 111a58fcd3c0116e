import type { Answer, Json, Person } from '../support/person';
import { addressOf, type TestService } from '../support/testService';
import { contactsOf, PEOPLE, usageOf, type Model, type Name, type Prediction, type Wish } from './membershipModel';

const NOWHERE = '00000000-0000-4000-8000-000000000000';
let apps = 0;

const OBSERVATION = `query ($appId: ID!, $filter: UserFilter) { app(appId: $appId) { licences { total used reserved available } users(filter: $filter) { nodes {
  userId keapId kind role status assignedContactCount assignedContacts { nodes { contactId } } invitation { invitationId sendCount status } } } } }`;
const EVERYBODY = { statuses: ['INVITED', 'ACTIVE', 'EXPIRED', 'DECLINED', 'REVOKED', 'LEFT', 'REMOVED'] };

/** The app as the service shows it, in the names of the model. */
export interface Observation {
  readonly licences: ReturnType<typeof usageOf>;
  readonly users: readonly Json[];
}

/** An app of the running service, with the ids of the model's names. */
export class AppUnderTest {
  readonly #userIds = new Map<Name, string>();
  readonly #invitationIds = new Map<string, string>();

  private constructor(
    private readonly service: TestService,
    readonly appId: string,
  ) {}

  static async register(service: TestService, licences: number): Promise<AppUnderTest> {
    const app = new AppUnderTest(service, `model${++apps}`);
    const operator = await service.as('operator@example.com', 'operator');
    await operator.mutate('registerApp', { appId: app.appId, name: 'Model', licences, ownerKeapId: app.#addressOf('owner') });
    await app.observe();
    return app;
  }

  knowsUser(name: Name): boolean {
    return this.#userIds.has(name);
  }

  /** Sends the request, with an idempotency key if it will be repeated. */
  async send(wish: Wish, key?: string): Promise<Answer> {
    const [mutation, input] = this.#mutationOf(wish);
    const type = mutation.charAt(0).toUpperCase() + mutation.slice(1);
    const inputType = { resendInvitation: 'InvitationInput', revokeInvitation: 'InvitationInput', declineInvitation: 'AcceptInvitationInput' }[mutation] ?? `${type}Input`;
    const more = { invite: '{ invitation { invitationId } }', contacts: '{ changed }' }[{ invite: 'invite', assign: 'contacts', unassign: 'contacts', reassign: 'contacts' }[wish.what as string] ?? ''];
    const success = more === undefined ? '' : `... on ${type}Success ${more}`;
    const person = await this.#person(wish.by);
    return person.ask(`mutation ($input: ${inputType}!) { ${mutation}(input: $input) { __typename ... on UserError { code } ${success} } }`, { input: { ...input, idempotencyKey: key } });
  }

  /**
   * Reads the answer to a request and stores the id of the object that it created under that name.
   * @returns null when the service could not tell the result.
   */
  outcome(wish: Wish, { data, errors }: Answer, newInvitation: string): Prediction | null {
    const [error] = errors;
    if (error) {
      // The write succeeded, and the sender has lost access meanwhile.
      if (error.extensions.code === 'FORBIDDEN' && error.message.startsWith('The change was written')) return { code: null };
      if (error.extensions.code === 'STORE_UNAVAILABLE') return null;
      throw new Error(JSON.stringify([wish, error]));
    }
    const [answer] = Object.values<Json>(data);
    if (answer.invitation !== undefined) this.#invitationIds.set(newInvitation, answer.invitation.invitationId);
    // The person accepted and was out of the app before the answer could show it.
    const code = wish.what === 'accept' && answer.code === 'NOT_A_MEMBER' ? null : (answer.code ?? null);
    return answer.changed === undefined ? { code } : { code, changed: answer.changed };
  }

  /** Reads the current state. Learns ids that no answer has contained yet. */
  async observe(): Promise<Observation> {
    await this.service.running.membership.caughtUp(10_000);
    const auditor = await this.service.as('auditor@example.com', 'auditor');
    const { app } = await auditor.read(OBSERVATION, { appId: this.appId, filter: EVERYBODY });
    const users = app.users.nodes.map((user: Json) => ({ ...user, name: PEOPLE.find((name) => this.#addressOf(name) === user.keapId) }));
    for (const { name, userId } of users) {
      if ((this.#userIds.get(name) ?? userId) !== userId) throw new Error(`${name} has become another user`);
      this.#userIds.set(name, userId);
    }
    return { licences: app.licences, users };
  }

  /** Whether the model matches the state shown. */
  matches(model: Model, { licences, users }: Observation): boolean {
    const shown = users.map((user: Json) => [user.name, user.kind, user.role, user.status, user.assignedContacts.nodes.map(({ contactId }: Json) => contactId).sort(), user.assignedContactCount, user.invitation && [user.invitation.status, user.invitation.sendCount]]);
    const told = [...model.members].map(([name, { kind, role, status, invitation }]) => {
      const contacts = contactsOf(model, name);
      const latest = invitation === null ? undefined : model.invitations.get(invitation);
      return [name, kind, role, status, contacts, contacts.length, latest ? [latest.status, latest.sends] : null];
    });
    return JSON.stringify([licences, shown.sort(byName)]) === JSON.stringify([usageOf(model), told.sort(byName)]) && this.#sameInvitations(model, users);
  }

  /** Learns the ids of the invitations of a matching model. */
  learn(model: Model, { users }: Observation): void {
    for (const [name, { invitation }] of model.members) {
      const shown = users.find((user: Json) => user.name === name);
      if (invitation !== null) this.#invitationIds.set(invitation, shown.invitation.invitationId);
    }
  }

  #sameInvitations(model: Model, users: readonly Json[]): boolean {
    return [...model.members].every(([name, { invitation }]) => {
      const id = invitation === null ? undefined : this.#invitationIds.get(invitation);
      return id === undefined || id === users.find((user: Json) => user.name === name).invitation.invitationId;
    });
  }

  #mutationOf(wish: Wish): [string, object] {
    const { appId } = this;
    const userId = (name: Name, known: boolean): string => (known ? (this.#userIds.get(name) ?? NOWHERE) : NOWHERE);
    const invitationId = (name: string | null): string => (name === null ? NOWHERE : (this.#invitationIds.get(name) ?? NOWHERE));
    switch (wish.what) {
      case 'invite':
        return [wish.kind === 'USER' ? 'inviteUser' : 'invitePartner', { appId, keapId: this.#addressOf(wish.of), role: wish.role }];
      case 'resend':
        return ['resendInvitation', { appId, invitationId: invitationId(wish.invitation) }];
      case 'revoke':
        return ['revokeInvitation', { appId, invitationId: invitationId(wish.invitation) }];
      case 'accept':
      case 'decline': {
        const id = invitationId(wish.invitation);
        const token = wish.link === null ? null : this.service.running.membership.commands.developmentToken({ invitationId: id, sendCount: wish.link });
        return [wish.what === 'accept' ? 'acceptInvitation' : 'declineInvitation', token === null ? { appId, invitationId: id } : { token }];
      }
      case 'role':
        return ['changeUserRole', { appId, userId: userId(wish.of, wish.known), role: wish.role }];
      case 'remove':
        return ['removeUser', { appId, userId: userId(wish.of, wish.known), reassignContactsTo: wish.to && userId(wish.to, wish.toKnown) }];
      case 'leave':
        return ['leaveApp', { appId, confirmAppId: wish.confirms ? appId : 'another' }];
      case 'assign':
        return ['assignContacts', { appId, userId: userId(wish.of, wish.known), contactIds: wish.contacts }];
      case 'unassign':
        return ['unassignContacts', { appId, contactIds: wish.contacts }];
      case 'reassign':
        return ['reassignContacts', { appId, fromUserId: userId(wish.from, wish.known), toUserId: userId(wish.to, wish.toKnown), contactIds: wish.contacts }];
      case 'licences':
        return ['setLicences', { appId, licences: wish.licences }];
    }
  }

  #person(name: Name | 'operator'): Promise<Person> {
    return name === 'operator' ? this.service.as('operator@example.com', 'operator') : this.service.as(this.#addressOf(name));
  }

  #addressOf(name: Name): string {
    return addressOf(this.appId, name);
  }
}

const byName = (a: Json, b: Json): number => (a[0] < b[0] ? -1 : 1);
