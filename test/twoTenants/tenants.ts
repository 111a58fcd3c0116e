import fc from 'fast-check';
import { recordExpiredInvitations } from '../../src/application/invitations';
import { globalIdOf } from '../../src/resolvers/shared/globalId';
import type { Claims, SignedInService } from '../http/signedInAs';
import { Following } from '../support/following';
import { factsOf, inputTypeOf, type Person } from '../support/person';

/** Addresses of people whom both tenants know. The second and third reach the mailbox, or the person, of the first. */
const ADDRESSES = ['one', 'one+tag', 'one.new', 'two', 'three'] as const;
type Address = (typeof ADDRESSES)[number];

/** Sign-ins of these people: who, and which address the provider says that they have. `one` moves to another address, and to another person. */
const SIGN_INS = [['One', 'one'], ['One', 'one.new'], ['One', 'one+tag'], ['Two', 'two'], ['Two', 'one'], ['Three', 'three']] as const satisfies readonly (readonly [string, Address])[];
type SignIn = (typeof SIGN_INS)[number];

const ROLES = ['ADMIN', 'STANDARD'] as const;
const INVITING = ['invitePartner', 'inviteUser'] as const;

/** Something that happens in both worlds: a question of tenant B, or an act of tenant A, which happens in one of them only. */
export type Step =
  | { readonly by: 'A' | 'B'; readonly do: 'invite'; readonly address: Address; readonly mutation: (typeof INVITING)[number]; readonly role: (typeof ROLES)[number]; readonly dry: boolean; readonly key: boolean }
  | { readonly by: 'A' | 'B'; readonly do: 'resendInvitation' | 'revokeInvitation' | 'removeUser' | 'assignContacts' | 'promote' | 'demote'; readonly address: Address; readonly dry: boolean }
  | { readonly by: 'A' | 'B'; readonly do: 'acceptInvitation' | 'declineInvitation'; readonly address: Address; readonly as: SignIn; readonly link: boolean; readonly dry: boolean }
  | { readonly by: 'A' | 'B'; readonly do: 'join'; readonly as: SignIn; readonly mutation: (typeof INVITING)[number]; readonly role: (typeof ROLES)[number] }
  | { readonly by: 'A' | 'B'; readonly do: 'leaveApp' | 'setAccountLabel'; readonly as: SignIn; readonly dry: boolean }
  | { readonly by: 'A' | 'B'; readonly do: 'appointAdmin' | 'rebindUser'; readonly address: Address }
  | { readonly by: 'B'; readonly do: 'preview'; readonly address: Address }
  | { readonly by: 'B'; readonly do: 'list' | 'history' | 'knockAtA' | 'tryToJoinA' | 'joinAAndAct' }
  | { readonly by: 'both'; readonly do: 'signIn'; readonly as: SignIn }
  | { readonly by: 'both'; readonly do: 'pass'; readonly hours: number };

const address = fc.constantFrom(...ADDRESSES);
const as = fc.constantFrom(...SIGN_INS);

const changesBy = (by: 'A' | 'B'): fc.Arbitrary<Step> => {
  const who = fc.constant(by);
  const [mutation, role] = [fc.constantFrom(...INVITING), fc.constantFrom(...ROLES)];
  // A dry run of A can change nothing.
  const dry = by === 'A' ? fc.constant(false) : fc.boolean();
  const invite = fc.record({ by: who, do: fc.constant('invite' as const), address, mutation, role, dry, key: fc.boolean() });
  const answer = as.chain((signIn) =>
    fc.record({
      by: who, do: fc.constantFrom('acceptInvitation' as const, 'declineInvitation' as const), as: fc.constant(signIn), link: fc.boolean(), dry,
      // Most answer an invitation to the address that they have.
      address: fc.oneof({ arbitrary: fc.constant(signIn[1]), weight: 3 }, { arbitrary: address, weight: 1 }),
    }));
  return fc.oneof(
    { arbitrary: invite, weight: 6 },
    { arbitrary: answer, weight: 3 },
    { arbitrary: fc.record({ by: who, do: fc.constant('join' as const), as, mutation, role }), weight: by === 'A' ? 6 : 3 },
    { arbitrary: fc.record({ by: who, do: fc.constantFrom('resendInvitation' as const, 'revokeInvitation' as const, 'removeUser' as const, 'assignContacts' as const, 'promote' as const, 'demote' as const), address, dry }), weight: 3 },
    { arbitrary: fc.record({ by: who, do: fc.constantFrom('leaveApp' as const, 'setAccountLabel' as const), as, dry }), weight: 1 },
    { arbitrary: fc.record({ by: who, do: fc.constantFrom('appointAdmin' as const, 'rebindUser' as const), address }), weight: 1 },
  );
};
const views: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ by: fc.constant('B' as const), do: fc.constant('preview' as const), address }),
  fc.record({ by: fc.constant('B' as const), do: fc.constantFrom('list' as const, 'history' as const, 'knockAtA' as const, 'tryToJoinA' as const, 'joinAAndAct' as const) }),
);
const elsewhere: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ by: fc.constant('both' as const), do: fc.constant('signIn' as const), as }), weight: 3 },
  { arbitrary: fc.record({ by: fc.constant('both' as const), do: fc.constant('pass' as const), hours: fc.constantFrom(1, 23, 170) }), weight: 1 },
);

/** Acts of tenant A, questions of tenant B, and what people do elsewhere, in any order. */
export const storiesOf = (maxSteps: number): fc.Arbitrary<Step[]> => fc.array(fc.oneof({ arbitrary: changesBy('A'), weight: 5 }, { arbitrary: changesBy('B'), weight: 5 }, { arbitrary: views, weight: 3 }, { arbitrary: elsewhere, weight: 2 }), { minLength: 4, maxLength: maxSteps });

const byOwner = { mutation: 'invitePartner', role: 'STANDARD' } as const;
const invite = (by: 'A' | 'B', to: Address, isDry = false): Step => ({ by, do: 'invite', address: to, ...byOwner, dry: isDry, key: false });

/** Stories that once told B something of A. */
export const TOLD_ONCE: readonly (readonly Step[])[] = [
  // That two addresses are one person, by an invitation to the second one.
  [{ by: 'A', do: 'join', as: ['One', 'one.new'], ...byOwner }, { by: 'B', do: 'join', as: ['One', 'one'], ...byOwner }, invite('B', 'one.new', true), invite('B', 'one.new'), { by: 'B', do: 'list' }],
  // That A has invited somebody, and when, by the limit of invitations to one person.
  [invite('A', 'one'), { by: 'A', do: 'revokeInvitation', address: 'one', dry: false }, { by: 'both', do: 'pass', hours: 1 }, invite('A', 'one'), invite('B', 'one', true), invite('B', 'one')],
  // Whom A has invited, and how many licences it has left, by trying to accept an invitation and to act as an admin in one document.
  [invite('A', 'one'), { by: 'B', do: 'joinAAndAct' }],
  [{ by: 'A', do: 'join', as: ['Two', 'two'], mutation: 'inviteUser', role: 'STANDARD' }, { by: 'B', do: 'joinAAndAct' }],
];

const USER = 'userId personId keapId name kind role status usesLicence invitedAt joinedAt endedAt';
const IN_LIST = `${USER} assignedContactCount assignedContacts { nodes { contactId } } invitedBy { keapId } invitation { invitationId status expiresAt sendCount delivery }`;
const SUCCESS: Readonly<Record<string, string>> = {
  invitePartner: `position user { ${IN_LIST} } invitation { invitationId status expiresAt }`,
  inviteUser: `position user { ${IN_LIST} } invitation { invitationId status expiresAt }`,
  resendInvitation: `position user { ${IN_LIST} } invitation { status expiresAt sendCount }`,
  revokeInvitation: `position user { ${IN_LIST} }`,
  removeUser: `position user { ${IN_LIST} }`,
  assignContacts: `position changed user { ${IN_LIST} }`,
  changeUserRole: `position user { ${IN_LIST} }`,
  acceptInvitation: `position user { ${USER} } account { appId label accountName role kind joinedAt }`,
  declineInvitation: 'position appId',
  leaveApp: 'position appId',
  setAccountLabel: 'position account { appId label }',
  appointAdmin: `position user { ${USER} }`,
  rebindUser: `position user { ${USER} }`,
};
const callOf = (mutation: string, alias = mutation): string => {
  const type = mutation.charAt(0).toUpperCase() + mutation.slice(1);
  return `${alias}: ${mutation}(input: $${alias}) { __typename ... on ${type}Success { ${SUCCESS[mutation] ?? 'position'} } ... on UserError { code message } ${factsOf(mutation)} }`;
};
/** Where an invitation of a tenant stands, as its admins know it from their answers. */
interface Invited {
  readonly userId: string;
  readonly invitationId: string;
  readonly sendCount: number;
}

/** Several invitations that expire at the same time are recorded in the order of their random ids, so `InvitationExpired` is left out. */
const HISTORY = ['AppRegistered', 'OwnerAdded', 'PersonBound', 'PartnerInvited', 'UserInvited', 'InvitationResent', 'InvitationRevoked', 'InvitationDeclined', 'InvitationAccepted', 'UserRoleChanged', 'PersonUpdated', 'UserRemoved', 'PartnerLeftApp', 'ContactsAssigned'];

const NOWHERE = '00000000-0000-4000-8000-000000000000';

/** What B was told by one question, and how long it took. */
export interface Told {
  readonly question: string;
  readonly answer: string;
  readonly tookMs: number;
}

/**
 * Two tenants of one service. The same steps are taken in two worlds; in one of them tenant A does nothing. The clock stands still unless a step moves it,
 * so times need no comparison of their own.
 */
export class World {
  readonly #invited = new Map<string, Invited>();
  readonly #numbers = new Map<string, string>();

  /** @param run part of the names of the run's apps and people. */
  constructor(
    private readonly signedIn: SignedInService,
    private readonly run: string,
    private readonly hasActsOfA: boolean,
  ) {}

  /** Registers both apps. A has invited an admin of B, who is free to try what that allows. */
  async begin(): Promise<void> {
    const operator = this.#operator();
    for (const tenant of ['A', 'B'] as const) await operator.mutate('registerApp', { appId: this.#app(tenant), name: 'App', licences: 3, ownerKeapId: this.#email(`owner.${tenant}`), ownerName: `Owner ${tenant}` });
    await this.#change('A', this.#owner('A'), 'inviteUser', { appId: this.#app('A'), keapId: this.#email('owner.B'), role: 'ADMIN' }, false, 'owner.B');
  }

  /** Takes a step. @returns what B was told; null for a step that is no question of B. */
  async take(step: Step): Promise<Told | null> {
    if (step.do === 'pass') {
      const { membership } = this.signedIn.service.running;
      while ((await recordExpiredInvitations(membership.readModels.userList, membership.rosters)) > 0) await membership.caughtUp(5_000);
      return null;
    }
    if (step.do === 'signIn' || (step.by === 'A' && !this.hasActsOfA)) {
      // That somebody signs in with an address is told by the provider, and no act of A.
      if ('as' in step) await this.#person(step.as).ask('{ viewer { keapId } }');
      return null;
    }
    const start = performance.now();
    const answer = await this.#answer(step);
    const tookMs = performance.now() - start;
    return step.by === 'B' ? { question: 'dry' in step && step.dry ? `dry ${step.do}` : step.do, answer: this.#normalised(answer), tookMs } : null;
  }

  /** Follows what B may follow, while A invites, adds and removes people whom B knows. @returns the users of B that B was told of, and the labels of its admin's account. */
  async followed(story: readonly Step[]): Promise<{ readonly users: readonly string[]; readonly labels: readonly string[] }> {
    const owner = this.#owner('B');
    const users = new Following('event stream', owner, { query: 'subscription ($appId: ID!) { appUsersChanged(appId: $appId) { user { name } } }', variables: { appId: this.#app('B') } });
    const accounts = new Following('event stream', owner, { query: 'subscription { accountCentralChanged { accounts { nodes { label } } } }' });
    await accounts.until(1);
    const invite = { by: 'B', do: 'invite', mutation: 'invitePartner', role: 'STANDARD', dry: false, key: false } as const;
    await this.take({ ...invite, address: 'three' });
    for (let isAdmin = false; users.messages.length === 0; isAdmin = !isAdmin) await this.take({ by: 'B', do: isAdmin ? 'demote' : 'promote', address: 'three', dry: false });
    for (const step of story) await this.take(step);
    await this.take({ ...invite, address: 'two' });
    await this.#change('B', owner, 'setAccountLabel', { appId: this.#app('B'), label: 'Last' }, false);
    await users.when(() => users.messages.at(-1).appUsersChanged.user.name === 'two');
    await accounts.when(() => accounts.messages.at(-1).accountCentralChanged.accounts.nodes[0].label === 'Last');
    for (const following of [users, accounts]) following.stop();
    return {
      users: [...new Set(users.messages.map(({ appUsersChanged: { user } }) => String(user.name)))],
      labels: [...new Set(accounts.messages.map(({ accountCentralChanged: { accounts: { nodes } } }) => String(nodes[0].label)))],
    };
  }

  #answer(step: Exclude<Step, { readonly by: 'both' }>): Promise<string> {
    const appId = this.#app(step.by);
    const owner = this.#owner(step.by);
    switch (step.do) {
      case 'invite': {
        const input = { appId, keapId: this.#email(step.address), role: step.role, name: step.address, ...(step.key ? { idempotencyKey: 'the same' } : {}) };
        return this.#change(step.by, owner, step.mutation, input, step.dry, step.address);
      }
      case 'resendInvitation':
      case 'revokeInvitation':
        return this.#change(step.by, owner, step.do, { appId, invitationId: this.#known(step.by, step.address).invitationId }, step.dry, step.address);
      case 'removeUser':
        return this.#change(step.by, owner, step.do, { appId, userId: this.#known(step.by, step.address).userId }, step.dry);
      case 'assignContacts':
        return this.#change(step.by, owner, step.do, { appId, userId: this.#known(step.by, step.address).userId, contactIds: ['c1', 'c2'] }, step.dry);
      case 'promote':
      case 'demote':
        return this.#change(step.by, owner, 'changeUserRole', { appId, userId: this.#known(step.by, step.address).userId, role: step.do === 'promote' ? 'ADMIN' : 'STANDARD' }, step.dry);
      case 'acceptInvitation':
      case 'declineInvitation': {
        const { invitationId, sendCount } = this.#known(step.by, step.address);
        return this.#change(step.by, this.#person(step.as), step.do, step.link ? { token: this.signedIn.linkOf(invitationId, sendCount) } : { appId, invitationId }, step.dry);
      }
      case 'join':
        return this.#join(step.by, step.as, step.mutation, step.role);
      case 'leaveApp':
        return this.#change(step.by, this.#person(step.as), step.do, { appId, confirmAppId: appId }, step.dry);
      case 'setAccountLabel':
        return this.#change(step.by, this.#person(step.as), step.do, { appId, label: 'Mine' }, step.dry);
      case 'appointAdmin':
        return this.#change(step.by, this.#operator(), step.do, { appId, keapId: this.#email(step.address), reason: 'A ticket' }, step.by === 'B');
      case 'rebindUser':
        return this.#change(step.by, this.#operator(), step.do, { appId, userId: this.#known(step.by, step.address).userId, keapId: this.#email(step.address), reason: 'A ticket' }, step.by === 'B');
      case 'preview': {
        const { invitationId, sendCount } = this.#known('B', step.address);
        return this.#told(this.#nobody(), 'query ($token: String!) { invitation(token: $token) { status superseded accountName role kind invitedBy maskedKeapId expiresAt } }', { token: this.signedIn.linkOf(invitationId, sendCount) });
      }
      case 'list':
        return this.#list();
      case 'history':
        return this.#told(owner, 'query ($appId: ID!, $types: [String!]) { membershipEvents(filter: { appId: $appId, types: $types }, first: 200) { nodes { type revision occurredAt actor { kind keapId name } userId reason summary data } } }', { appId, types: HISTORY });
      case 'knockAtA':
        return this.#knockAtA();
      case 'tryToJoinA':
      case 'joinAAndAct':
        return this.#tryToJoinA(step.do === 'joinAAndAct');
    }
  }

  /** Everything that an admin of B sees of their app, with those of the received invitations that are B's own. */
  async #list(): Promise<string> {
    const query = `query ($appId: ID!) { app(appId: $appId) { name licences { total used reserved available } viewer { role may }
      users(filter: { statuses: [INVITED, ACTIVE, EXPIRED, DECLINED, REVOKED, LEFT, REMOVED] }, orderBy: { field: KEAP_ID, direction: ASC }, first: 200) { totalCount statusCounts { status count } nodes { ${IN_LIST} } } }
      viewer { account(appId: $appId) { label role canLeave leaveBlockers { code message } } } }`;
    const { status, data, errors } = await this.#owner('B').ask(query, { appId: this.#app('B') });
    // Users with the same address follow one another by their random ids.
    data?.app?.users.nodes.sort((one: object, other: object) => (withoutIds(one) < withoutIds(other) ? -1 : 1));
    return JSON.stringify([status, data, errors]);
  }

  /** What somebody who is nothing in A tries there. */
  async #knockAtA(): Promise<string> {
    const appId = this.#app('A');
    const stranger = this.signedIn.as({ sub: `stranger ${this.run}`, email: this.#email('stranger') });
    const told = [await this.#told(stranger, 'query ($appId: ID!, $id: ID!) { app(appId: $appId) { name } node(id: $id) { id } viewer { account(appId: $appId) { label } } accountCentral { accounts { nodes { appId } } invitations { appId } } }', { appId, id: globalIdOf('App', appId, appId) })];
    for (const dryRun of [true, false]) {
      told.push(
        await this.#change('B', stranger, 'invitePartner', { appId, keapId: this.#email('one'), role: 'STANDARD' }, dryRun),
        await this.#change('B', stranger, 'acceptInvitation', { appId, invitationId: NOWHERE }, dryRun),
        await this.#change('B', stranger, 'leaveApp', { appId, confirmAppId: appId }, dryRun),
        await this.#change('B', stranger, 'setAccountLabel', { appId, label: 'Mine' }, dryRun),
      );
    }
    return told.join('\n');
  }

  /** What an admin of B who is invited to A learns of A by trying to accept, and to act as an admin there in the same document. */
  #tryToJoinA(acting: boolean): Promise<string> {
    const { invitationId, sendCount } = this.#known('A', 'owner.B');
    const [first] = ADDRESSES;
    const appId = this.#app('A');
    const input = { appId, keapId: this.#email(first), role: 'STANDARD' };
    const answer = this.#told(
      this.#owner('B'),
      `mutation ($acceptInvitation: AcceptInvitationInput!${acting ? ', $invitePartner: InvitePartnerInput!, $inviteUser: InviteUserInput!, $assignContacts: AssignContactsInput!' : ''}) {
        ${callOf('acceptInvitation')} ${acting ? [callOf('invitePartner'), callOf('inviteUser'), callOf('assignContacts')].join(' ') : ''} }`,
      { acceptInvitation: { token: this.signedIn.linkOf(invitationId, sendCount) }, ...(acting ? { invitePartner: input, inviteUser: input, assignContacts: { appId, userId: NOWHERE, contactIds: ['c1'] } } : {}) },
      true,
    );
    return answer;
  }

  /** Invites somebody at the address of their sign-in, who accepts at once. */
  async #join(tenant: 'A' | 'B', as: SignIn, mutation: (typeof INVITING)[number], role: (typeof ROLES)[number]): Promise<string> {
    const appId = this.#app(tenant);
    const [, address] = as;
    const invited = await this.#change(tenant, this.#owner(tenant), mutation, { appId, keapId: this.#email(address), role, name: address }, false, address);
    const { invitationId } = this.#known(tenant, address);
    return [invited, await this.#change(tenant, this.#person(as), 'acceptInvitation', { appId, invitationId }, false)].join('\n');
  }

  /** Sends a mutation, and keeps what its success says of the invitation to that address. */
  async #change(tenant: 'A' | 'B', person: Person, mutation: string, input: object, dryRun: boolean, to?: string): Promise<string> {
    const text = await this.#told(person, `mutation ($${mutation}: ${inputTypeOf(mutation)}!) { ${callOf(mutation)} }`, { [mutation]: input }, dryRun);
    const answer = JSON.parse(text.slice(text.indexOf('{'))).data?.[mutation];
    if (!dryRun && to !== undefined && answer?.__typename?.endsWith('Success') && answer.user.invitation) {
      this.#invited.set(`${tenant} ${to}`, { userId: answer.user.userId, invitationId: answer.user.invitation.invitationId, sendCount: answer.user.invitation.sendCount });
    }
    return text;
  }

  /** Sends a request. @returns its status and body. */
  async #told(person: Person, query: string, variables: object, dryRun = false): Promise<string> {
    const response = await fetch(`${person.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(person.token === null ? {} : { authorization: `Bearer ${person.token}` }), ...(dryRun ? { 'x-dry-run': 'true' } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    return `${response.status} ${await response.text()}`;
  }

  #known(tenant: 'A' | 'B', address: string): Invited {
    return this.#invited.get(`${tenant} ${address}`) ?? { userId: NOWHERE, invitationId: NOWHERE, sendCount: 1 };
  }

  #app(tenant: 'A' | 'B'): string {
    return `${this.run}-${tenant.toLowerCase()}`;
  }

  #email(name: string): string {
    return `${name}.${this.run}@partners.example`.replace(/(\+tag)(\.[^@]*)/, '$2$1');
  }

  #person([sub, address]: SignIn): Person {
    return this.#signedIn({ sub: `${sub} ${this.run}`, email: this.#email(address), name: `Person ${sub}` });
  }

  #owner(tenant: 'A' | 'B'): Person {
    return this.#signedIn({ sub: `owner ${tenant} ${this.run}`, email: this.#email(`owner.${tenant}`), name: `Owner ${tenant}` });
  }

  #operator(): Person {
    return this.#signedIn({ sub: 'operator', email: 'operator@example.com', scope: 'operator' });
  }

  #signedIn(claims: Claims): Person {
    return this.signedIn.as(claims);
  }

  #nobody(): Person {
    return this.signedIn.service.nobody();
  }

  /** Numbers random ids and hashes in the order in which B first sees them, so that equal ones stay equal, and leaves out positions, which count every event of the log, and what is encrypted with a random nonce. */
  #normalised(text: string): string {
    return text
      .replace(/(sealed[\\"]+:[\\"]+)[\w-]+/g, '$1')
      .replace(/\b\d{16}(?:-\d{6})?\b/g, 'POSITION')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}/g, (id) => {
        const number = this.#numbers.get(id) ?? `#${this.#numbers.size + 1}`;
        this.#numbers.set(id, number);
        return number;
      });
  }
}

const withoutIds = (row: object): string => JSON.stringify(row).replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}/g, '');
