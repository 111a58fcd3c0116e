import type { Json, Person } from './person';
import { addressOf, type TestService } from './testService';

let apps = 0;

/** An app of its own with its owner, and ways to fill it. */
export class GivenApp {
  private constructor(
    private readonly service: TestService,
    readonly appId: string,
    readonly owner: Person,
    readonly ownerUserId: string,
  ) {}

  static async register(service: TestService, options: { readonly licences?: number } = {}): Promise<GivenApp> {
    const appId = `app${++apps}`;
    const operator = await service.as('operator@example.com', 'operator');
    const owner = await service.as(addressOf(appId, 'owner'));
    const input = { appId, name: 'Keap Pro Recording', licences: options.licences ?? 5, ownerKeapId: owner.keapId, ownerName: 'Olivia Owner' };
    const registered = await operator.mutate('registerApp', input, 'position');
    const { app } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { userId } } } }', { appId }, { 'x-min-position': registered.position });
    return new GivenApp(service, appId, owner, app.users.nodes[0].userId);
  }

  /** An open invitation; its link's token stands in `token`. */
  async invite(name: string, role: 'ADMIN' | 'STANDARD' = 'STANDARD', kind: 'PARTNER' | 'USER' = 'PARTNER'): Promise<{ person: Person; userId: string; invitationId: string; token: string }> {
    const person = await this.service.as(addressOf(this.appId, name));
    const answer = await this.owner.mutate(kind === 'PARTNER' ? 'invitePartner' : 'inviteUser', { appId: this.appId, keapId: person.keapId, role, name }, 'user { userId } invitation { invitationId developmentToken }');
    return { person, userId: answer.user.userId, invitationId: answer.invitation.invitationId, token: answer.invitation.developmentToken };
  }

  /** Somebody who accepted an invitation. */
  async join(name: string, role: 'ADMIN' | 'STANDARD' = 'STANDARD', kind: 'PARTNER' | 'USER' = 'PARTNER'): Promise<{ person: Person; userId: string }> {
    const { person, token } = await this.invite(name, role, kind);
    const accepted = await person.mutate('acceptInvitation', { token }, 'user { userId }');
    return { person, userId: accepted.user.userId };
  }

  async assign(userId: string, ...contactIds: readonly string[]): Promise<Json> {
    return this.owner.mutate('assignContacts', { appId: this.appId, userId, contactIds }, 'changed position');
  }
}
