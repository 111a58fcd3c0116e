import type { AppAction } from '../../src/domain/access';
import { GivenApp } from '../support/givenApp';
import type { Person, Json } from '../support/person';
import { TestService } from '../support/testService';
import { StandingClock } from './standingClock';

const T0 = Date.UTC(2026, 0, 1);
const DAY_MS = 24 * 60 * 60 * 1000;
const at = (days: number, milliseconds = 0): string => new Date(T0 + days * DAY_MS + milliseconds).toISOString();

const LIST = `query ($appId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { id licences { used } user: viewer { user { id } } users(first: 100, filter: { statuses: [ACTIVE, INVITED, LEFT, REMOVED] }) {
  nodes { id name role status invitation { id status invitedBy { id name role } } invitedBy { id } app { id } history { nodes { id type user { id } actor { id kind name user { id } } } } } } } }`;
const CENTRAL = 'query ($asOf: AsOf) { accountCentral(asOf: $asOf) { id accounts { nodes { id label role user { id role } } } invitations { id appId invitationId } } }';
const NODE = `query ($id: ID!) { node(id: $id) { __typename id ... on App { licences { used } } ... on User { name role status invitation { id status invitedBy { id name role } } } ... on Invitation { state: status }
  ... on Account { label role user { id role } } ... on AccountCentral { accounts { nodes { id label role user { id role } } } invitations { id appId invitationId } }
  ... on ReceivedInvitation { appId invitationId } ... on Viewer { keapId } ... on MembershipEvent { type position about: user { id role } actor { id kind name } } } }`;

/** All values of `id` anywhere in an answer. */
function idsIn(answer: Json): readonly string[] {
  if (Array.isArray(answer)) return answer.flatMap(idsIn);
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.entries(answer as object).flatMap(([name, value]: [string, Json]) => (name === 'id' ? [value as string] : idsIn(value)));
}

describe('objects and their ids', () => {
  const clock = new StandingClock(at(0));
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ clock });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    clock.set(at(0));
    app = await GivenApp.register(service, { licences: 20 });
  });

  const list = async (person: Person, asOf?: object): Promise<Json> => (await person.read(LIST, { appId: app.appId, asOf })).app;
  const central = async (person: Person, asOf?: object): Promise<Json> => (await person.read(CENTRAL, { asOf })).accountCentral;
  const node = async (person: Person, id: string): Promise<Json> => (await person.read(NODE, { id })).node;
  const named = (shown: Json, name: string): Json => shown.users.nodes.find((user: Json) => user.name === name);

  describe('of the past', () => {
    it('share no id with the present, and `node` reads each as of its own moment', async () => {
      clock.set(at(1));
      const { userId } = await app.join('coach');
      const { position } = await app.assign(userId, 'a');
      clock.set(at(2));
      await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' });
      const now = await list(app.owner);
      for (const asOf of [{ time: at(1) }, { position }]) {
        const then = await list(app.owner, asOf);
        const today = new Set(idsIn(now));
        const { user: viewer, ...past } = then;
        expect(idsIn(past).filter((id) => today.has(id))).toEqual([]);
        // What the viewer may do is always of now, and so is the viewer's own user.
        expect(viewer.user.id).toBe(named(now, 'Olivia Owner').id);
        expect(named(then, 'coach')).toMatchObject({ role: 'STANDARD', status: 'ACTIVE' });
        const { history, invitedBy, app: ofUser, ...coach } = named(then, 'coach');
        expect(await node(app.owner, coach.id)).toEqual({ __typename: 'User', ...coach });
        expect(await node(app.owner, then.id)).toEqual({ __typename: 'App', id: then.id, licences: { used: 1 } });
        expect(ofUser.id).toBe(then.id);
        expect(await node(app.owner, invitedBy.id)).toMatchObject({ name: 'Olivia Owner', id: invitedBy.id });
        expect(await node(app.owner, coach.invitation.id)).toEqual({ __typename: 'Invitation', id: coach.invitation.id, state: 'ACCEPTED' });
        const [event] = history.nodes;
        expect(await node(app.owner, event.id)).toMatchObject({ __typename: 'PartnerInvitedEvent', id: event.id, about: { id: coach.id, role: 'STANDARD' }, actor: { id: event.actor.id } });
      }
      const { id, invitation } = named(now, 'coach');
      expect(await node(app.owner, id)).toEqual({ __typename: 'User', id, name: 'coach', role: 'ADMIN', status: 'ACTIVE', invitation });
    });

    it('have one id for one moment, however it is asked for', async () => {
      const { userId } = await app.join('coach');
      const { position } = await app.assign(userId, 'a');
      const other = await GivenApp.register(service);
      const { position: later } = await other.assign(other.ownerUserId, 'b');
      const idsAt = async (asOf: object): Promise<readonly string[]> => idsIn(await list(app.owner, asOf));
      expect(await idsAt({ position })).toEqual(await idsAt({ position }));
      expect(await idsAt({ position: later })).toEqual(await idsAt({ position }));
      expect(await idsAt({ time: '2026-01-01T01:00:00+01:00' })).toEqual(await idsAt({ time: at(0) }));
      expect(await idsAt({ time: at(400) })).toEqual(await idsAt({ time: at(0) }));
    });

    it('keep the state of a moment that was in the future when it was asked for', async () => {
      const { userId } = await app.join('coach');
      const future = [{ time: at(400) }, { position: '9999999999999999' }];
      const before = await Promise.all(future.map((asOf) => list(app.owner, asOf)));
      clock.set(at(1));
      await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' });
      for (const shown of before) expect(await node(app.owner, named(shown, 'coach').id)).toMatchObject({ role: 'STANDARD' });
      for (const asOf of future) expect(named(await list(app.owner, asOf), 'coach')).toMatchObject({ role: 'ADMIN' });
    });

    it('are read by the rights of now', async () => {
      const { person, userId } = await app.join('coach', 'ADMIN');
      clock.set(at(1));
      const [then, accounts] = [await list(person, { time: at(0) }), await central(person, { time: at(0) })];
      const ids = [...new Set([...idsIn(then), ...idsIn(accounts)])].filter((id) => id !== accounts.id && !Buffer.from(id, 'base64url').toString().startsWith('Actor:'));
      for (const id of ids) expect([id, (await node(person, id))?.id]).toEqual([id, id]);
      const stranger = await service.as('stranger@example.com');
      for (const id of [...ids, accounts.id]) expect(await node(stranger, id)).toBeNull();
      await app.owner.mutate('removeUser', { appId: app.appId, userId });
      for (const id of ids) expect(await node(person, id)).toBeNull();
      expect(await node(person, accounts.id)).toMatchObject({ accounts: { nodes: [] } });
      // A standard member sees users of the past and no history.
      const member = await app.join('member');
      const event = named(await list(app.owner, { time: at(0) }), 'coach').history.nodes[0].id;
      expect(await node(member.person, named(then, 'coach').id)).toMatchObject({ name: 'coach' });
      expect(await node(member.person, event)).toBeNull();
    });

    it('in a comparison carry the moment that they show', async () => {
      const { userId } = await app.join('coach');
      clock.set(at(1));
      await app.owner.mutate('removeUser', { appId: app.appId, userId });
      const DIFF = 'query ($appId: ID!, $from: AsOf!, $to: AsOf) { membershipDiff(appId: $appId, from: $from, to: $to) { left { id status } joined { id status } } }';
      const diff = async (from: object, to?: object): Promise<Json> => (await app.owner.read(DIFF, { appId: app.appId, from, to })).membershipDiff;
      const today = named(await list(app.owner), 'coach').id;
      expect((await diff({ time: at(0) })).left).toEqual([{ id: today, status: 'REMOVED' }]);
      const { joined } = await diff({ time: at(0, -1) }, { time: at(0) });
      const then = named(await list(app.owner, { time: at(0) }), 'coach').id;
      expect(joined).toContainEqual({ id: then, status: 'ACTIVE' });
      expect(await node(app.owner, then)).toMatchObject({ status: 'ACTIVE' });
    });

    it('of Account Central have ids of their own', async () => {
      const { person } = await app.join('coach');
      clock.set(at(1));
      await person.mutate('setAccountLabel', { appId: app.appId, label: 'Mine' });
      clock.set(at(2));
      const [now, then] = [await central(person), await central(person, { time: at(0) })];
      expect(idsIn(then).filter((id) => idsIn(now).includes(id))).toEqual([]);
      for (const shown of [now, then]) {
        expect(await node(person, shown.id)).toEqual({ __typename: 'AccountCentral', ...shown });
        expect(await node(person, shown.accounts.nodes[0].id)).toEqual({ __typename: 'Account', ...shown.accounts.nodes[0] });
        for (const id of [shown.id, shown.accounts.nodes[0].id]) expect(await node(app.owner, id)).toBeNull();
      }
      expect([now.accounts.nodes[0].label, then.accounts.nodes[0].label]).toEqual(['Mine', `${app.appId} Keap Pro Recording`]);
    });
  });

  it('of a person are read by themselves only', async () => {
    const { person, invitationId } = await app.invite('guest');
    const { viewer } = await person.read('{ viewer { id keapId accountCentral { id invitations { id } } account(appId: "nothing") { id } } }');
    expect(viewer.account).toBeNull();
    const [{ id }] = viewer.accountCentral.invitations;
    expect(await node(person, id)).toEqual({ __typename: 'ReceivedInvitation', id, appId: app.appId, invitationId });
    expect(await node(person, viewer.id)).toEqual({ __typename: 'Viewer', id: viewer.id, keapId: viewer.keapId });
    for (const own of [id, viewer.id, viewer.accountCentral.id]) expect(await node(app.owner, own)).toBeNull();
    await app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId });
    expect(await node(person, id)).toBeNull();
  });

  it('of events are read by those who may read the history; an auditor\'s read is recorded', async () => {
    const { person, userId } = await app.join('coach');
    const auditor = await service.as('auditor@example.com', 'auditor');
    const { app: { user: { history: { nodes: [event] } } } } = await app.owner.read('query ($appId: ID!, $userId: ID!) { app(appId: $appId) { user(userId: $userId) { history { nodes { id position } } } } }', { appId: app.appId, userId });
    for (const reader of [app.owner, auditor]) expect(await node(reader, event.id)).toMatchObject({ __typename: 'PartnerInvitedEvent', position: event.position, actor: { kind: 'MEMBER', name: 'Olivia Owner' } });
    expect(await node(person, event.id)).toBeNull();
    const reads: Json[] = [];
    for await (const { type, data } of service.running.membership.store.readAll()) if (type === 'AuditorRead') reads.push(data);
    expect(reads.at(-1)).toMatchObject({ read: 'node', appId: app.appId, filter: { type: 'MembershipEvent' } });
  });

  describe('in the answers of mutations', () => {
    const OWN = 'accountCentral { id accounts { nodes { id appId } } invitations { appId } }';

    it('are the same as in Account Central, after accepting, declining and leaving', async () => {
      const { person, invitationId } = await app.invite('coach');
      const other = await GivenApp.register(service);
      const sent = await other.owner.mutate('invitePartner', { appId: other.appId, keapId: person.keapId, role: 'STANDARD' }, 'invitation { invitationId }');
      const before = await central(person);
      const accepted = await person.mutate('acceptInvitation', { appId: app.appId, invitationId }, `account { id } ${OWN}`);
      expect(accepted).toMatchObject({ accountCentral: { id: before.id, accounts: { nodes: [{ id: accepted.account.id, appId: app.appId }] }, invitations: [{ appId: other.appId }] } });
      const declined = await person.mutate('declineInvitation', { appId: other.appId, invitationId: sent.invitation.invitationId }, `appId ${OWN}`);
      expect(declined).toMatchObject({ appId: other.appId, accountCentral: { id: before.id, accounts: { nodes: [{ appId: app.appId }] }, invitations: [] } });
      const left = await person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId }, `accountId ${OWN}`);
      expect(left).toMatchObject({ accountId: accepted.account.id, accountCentral: { id: before.id, accounts: { nodes: [] }, invitations: [] } });
    });

    it('show in a dry run everything else that is in Account Central too', async () => {
      const { person } = await app.join('coach');
      const [staysIn, invitedTo] = [await GivenApp.register(service), await GivenApp.register(service)];
      for (const one of [staysIn, invitedTo]) await one.owner.mutate('invitePartner', { appId: one.appId, keapId: person.keapId, role: 'STANDARD' });
      const received = (await central(person)).invitations.find(({ appId }: Json) => appId === staysIn.appId);
      await person.mutate('acceptInvitation', { appId: staysIn.appId, invitationId: received.invitationId });
      const LEAVE = `mutation ($appId: ID!) { leaveApp(input: { appId: $appId, confirmAppId: $appId }) { ... on LeaveAppSuccess { accountId ${OWN} } } }`;
      const tried = await person.read(LEAVE, { appId: app.appId }, { 'x-dry-run': 'true' });
      expect((await central(person)).accounts.nodes).toHaveLength(2);
      expect(await person.read(LEAVE, { appId: app.appId })).toEqual(tried);
      expect(tried.leaveApp.accountCentral).toMatchObject({ accounts: { nodes: [{ appId: staysIn.appId }] }, invitations: [{ appId: invitedTo.appId }] });
    });

    it('tell who has the contacts of a removed user', async () => {
      const [leaving, staying] = [await app.join('leaving'), await app.join('staying')];
      await app.assign(leaving.userId, 'a', 'b');
      const removed = await app.owner.mutate('removeUser', { appId: app.appId, userId: leaving.userId, reassignContactsTo: staying.userId }, 'user { status } reassignedTo { userId assignedContactCount }');
      expect(removed).toMatchObject({ user: { status: 'REMOVED' }, reassignedTo: { userId: staying.userId, assignedContactCount: 2 } });
      expect(await app.owner.mutate('removeUser', { appId: app.appId, userId: staying.userId }, 'reassignedTo { userId }')).toMatchObject({ code: 'HAS_ASSIGNED_CONTACTS' });
      await app.owner.mutate('unassignContacts', { appId: app.appId, contactIds: ['a', 'b'] });
      expect(await app.owner.mutate('removeUser', { appId: app.appId, userId: staying.userId }, 'reassignedTo { userId }')).toMatchObject({ reassignedTo: null });
    });
  });

  it('a user\'s history is null for who may see the user and not the history', async () => {
    const { person, userId } = await app.join('member');
    const HISTORY = 'query ($appId: ID!, $userId: ID!) { app(appId: $appId) { user(userId: $userId) { personId history { nodes { actorId } } } } }';
    const { app: { user } } = await person.read(HISTORY, { appId: app.appId, userId });
    expect(user).toEqual({ personId: expect.stringMatching(/^[0-9a-f-]{36}$/), history: null });
    const { app: { user: seen } } = await app.owner.read(HISTORY, { appId: app.appId, userId });
    expect(seen.history.nodes.map(({ actorId }: Json) => actorId)).toContain(user.personId);
  });

  it('filters the history by several apps and by the Keap ID of the actor', async () => {
    const [one, two] = [await GivenApp.register(service), await GivenApp.register(service)];
    await one.join('coach');
    const EVENTS = 'query ($filter: MembershipEventFilter) { membershipEvents(filter: $filter, first: 200) { nodes { appId type } } }';
    const auditor = await service.as('auditor@example.com', 'auditor');
    const found = async (person: Person, filter: object): Promise<Json> => (await person.read(EVENTS, { filter })).membershipEvents.nodes.map(({ appId, type }: Json) => `${appId} ${type}`);
    const both = await found(auditor, { appIds: [one.appId, two.appId] });
    const registered = ['AppRegistered', 'OwnerAdded', 'PersonBound'];
    expect(new Set(both)).toEqual(new Set([...registered, 'PartnerInvited', 'InvitationAccepted'].map((type) => `${one.appId} ${type}`).concat(registered.map((type) => `${two.appId} ${type}`))));
    expect(await found(auditor, { appIds: [one.appId, two.appId], types: ['PartnerInvited', 'PersonBound'], actorKeapId: one.owner.keapId.toUpperCase() })).toEqual([`${one.appId} PersonBound`, `${one.appId} PartnerInvited`]);
    expect(await found(auditor, { appIds: [] })).toEqual([]);
    expect(await found(one.owner, { appIds: [one.appId] })).toHaveLength(5);
    expect((await one.owner.ask(EVENTS, { filter: { appIds: [one.appId, two.appId] } })).errors[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await auditor.ask(EVENTS, { filter: { appIds: Array.from({ length: 101 }, () => one.appId) } })).errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    const stored: string[] = [];
    for await (const { type, dataJson } of service.running.membership.store.readAll()) if (type === 'AuditorRead') stored.push(dataJson);
    expect(stored.at(-1)).toContain('"appIds":[]');
    expect(stored.join('\n')).not.toContain(one.owner.keapId);
  });

  it('the actor of an event is shown in the role in which they acted', async () => {
    const { person, userId } = await app.invite('late');
    clock.set(at(8));
    await app.owner.mutate('inviteUser', { appId: app.appId, keapId: person.keapId, role: 'STANDARD' });
    const ACTORS = 'query ($appId: ID!) { membershipEvents(filter: { appId: $appId }) { nodes { type user { userId } actor { id kind name keapId user { userId } } } } }';
    const { membershipEvents: { nodes } } = await app.owner.read(ACTORS, { appId: app.appId });
    const of = (type: string): Json => nodes.find((event: Json) => event.type === type);
    const owner = { kind: 'MEMBER', name: 'Olivia Owner', keapId: app.owner.keapId, user: { userId: app.ownerUserId } };
    expect(of('AppRegistered')).toMatchObject({ user: null, actor: { kind: 'OPERATOR', name: null, keapId: 'operator@example.com', user: null } });
    expect(of('PersonBound')).toMatchObject({ user: { userId: app.ownerUserId }, actor: owner });
    expect(of('PartnerInvited')).toMatchObject({ user: { userId }, actor: owner });
    expect(new Set(nodes.map(({ actor }: Json) => actor.id)).size).toBe(2);
  });

  describe('the viewer of an app', () => {
    const MAY = 'query ($appId: ID!) { app(appId: $appId) { viewer { role kind user { userId } may } } }';

    it('may do exactly what is not refused to them for what they are', async () => {
      const { userId: target } = await app.join('target');
      const { invitationId } = await app.invite('waiting', 'STANDARD', 'USER');
      const people: Readonly<Record<string, Person>> = {
        'owner': app.owner,
        'partner admin': (await app.join('partner admin', 'ADMIN')).person,
        'standard partner': (await app.join('standard partner')).person,
        'user admin': (await app.join('user admin', 'ADMIN', 'USER')).person,
        'standard user': (await app.join('standard user', 'STANDARD', 'USER')).person,
        'operator': await service.as('operator@example.com', 'operator'),
        'auditor': await service.as('auditor@example.com', 'auditor'),
      };
      const { appId } = app;
      /** For each action something that changes nothing, and is refused by its own rules or by a missing right. */
      const tries: Readonly<Record<AppAction, readonly [mutation: string, input: object][]>> = {
        INVITE_PARTNER: [['invitePartner', { appId, keapId: 'target@nowhere', role: 'STANDARD' }], ['invitePartner', { appId, keapId: app.owner.keapId, role: 'STANDARD' }]],
        INVITE_USER: [['inviteUser', { appId, keapId: app.owner.keapId, role: 'STANDARD' }], ['resendInvitation', { appId, invitationId: 'none' }], ['revokeInvitation', { appId, invitationId: 'none' }]],
        INVITE_ADMIN: [['inviteUser', { appId, keapId: 'target@nowhere', role: 'ADMIN' }], ['inviteUser', { appId, keapId: app.owner.keapId, role: 'ADMIN' }]],
        CHANGE_ROLES: [['changeUserRole', { appId, userId: target, role: 'STANDARD' }]],
        REMOVE_USERS: [['removeUser', { appId, userId: 'none' }]],
        ASSIGN_CONTACTS: [['assignContacts', { appId, userId: 'none', contactIds: ['c'] }], ['unassignContacts', { appId, contactIds: ['of nobody'] }], ['reassignContacts', { appId, fromUserId: target, toUserId: target, contactIds: ['c'] }]],
        READ_HISTORY: [],
        LEAVE: [['leaveApp', { appId, confirmAppId: 'not confirmed' }]],
        SET_LICENCES: [['setLicences', { appId, licences: 20 }]],
        APPOINT_ADMIN: [['appointAdmin', { appId, keapId: app.owner.keapId, reason: 'Ticket 1' }], ['rebindUser', { appId, userId: 'none', keapId: app.owner.keapId, reason: 'Ticket 1' }]],
      };
      expect(invitationId).not.toBe('');
      for (const [name, person] of Object.entries(people)) {
        const { app: { viewer } } = await person.read(MAY, { appId });
        for (const [action, wishes] of Object.entries(tries)) {
          const codes = await Promise.all(wishes.map(async ([mutation, input]) => (await person.mutate(mutation, input)).code as string | undefined));
          if (action === 'READ_HISTORY') {
            const { errors } = await person.ask('query ($appId: ID!) { membershipEvents(filter: { appId: $appId }) { nodes { type } } }', { appId });
            codes.push(errors[0]?.extensions.code);
          }
          const isRefused = codes.map((code) => code === 'FORBIDDEN' || code === 'NOT_A_PARTNER');
          expect([name, action, isRefused]).toEqual([name, action, codes.map(() => !viewer.may.includes(action))]);
        }
      }
    });

    it('is what they are now, also where the app is read as of the past', async () => {
      const { person, userId } = await app.join('coach');
      clock.set(at(1));
      await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' });
      const { app: then } = await person.read('query ($appId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { viewer { role kind user { userId role } may } } }', { appId: app.appId, asOf: { time: at(0) } });
      expect(then.viewer).toMatchObject({ role: 'ADMIN', kind: 'PARTNER', user: { userId, role: 'ADMIN' } });
      expect(then.viewer.may).toEqual(['INVITE_PARTNER', 'INVITE_USER', 'CHANGE_ROLES', 'REMOVE_USERS', 'ASSIGN_CONTACTS', 'READ_HISTORY', 'LEAVE']);
      for (const [scope, may] of [['operator', ['SET_LICENCES', 'APPOINT_ADMIN']], ['auditor', ['READ_HISTORY']]] as const) {
        const { app: seen } = await (await service.as(`${scope}@example.com`, scope)).read(MAY, { appId: app.appId });
        expect(seen.viewer).toEqual({ role: null, kind: null, user: null, may });
      }
    });
  });
});
