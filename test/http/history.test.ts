import { hash, randomUUID } from 'node:crypto';
import { eventHash, FIRST_PREVIOUS_HASH, canonicalJson } from '../../src/eventstore/eventHash';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { GivenApp } from '../support/givenApp';
import type { Answer, Json, Person } from '../support/person';
import { TestService } from '../support/testService';

const EVENTS = `query ($filter: MembershipEventFilter, $first: Int, $after: String, $last: Int, $before: String) {
  membershipEvents(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor }
    nodes { __typename eventId position appId stream revision type occurredAt actorId correlationId causationId userId summary data hash hashedText } } }`;
const HISTORY = 'query ($appId: ID!, $userId: ID!, $asOf: AsOf, $first: Int, $after: String) { app(appId: $appId, asOf: $asOf) { user(userId: $userId) { status history(first: $first, after: $after) { pageInfo { endCursor hasNextPage } nodes { type summary } } } } }';
const WHY = 'query ($appId: ID!, $userId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { user(userId: $userId) { status role why { status { type position } role { type } licence { type } } } } }';
const SCHEMA = '{ __type(name: "MembershipEvent") { possibleTypes { name fields { name } } } }';

describe('the history over HTTP', () => {
  let service: TestService;
  let app: GivenApp;
  let auditor: Person;
  let carla: { readonly person: Person; readonly userId: string };
  beforeAll(async () => {
    service = await TestService.start();
    app = await GivenApp.register(service);
    auditor = await service.as('auditor@example.com', 'auditor');
    carla = await app.join('Carla Coach');
    await liveThroughEverything();
  });
  afterAll(() => service.close());

  /** Everything that can happen in an app happens in this one. */
  async function liveThroughEverything(): Promise<void> {
    const { appId, owner } = app;
    const operator = await service.as('operator@example.com', 'operator');
    await operator.mutate('setLicences', { appId, licences: 9 });
    const invited = await app.invite('Rita', 'STANDARD', 'USER');
    await owner.mutate('resendInvitation', { appId, invitationId: invited.invitationId });
    await owner.mutate('revokeInvitation', { appId, invitationId: invited.invitationId });
    const declining = await app.invite('Dora');
    await declining.person.mutate('declineInvitation', { token: declining.token });
    const mia = await app.join('Mia', 'ADMIN', 'USER');
    await owner.mutate('changeUserRole', { appId, userId: carla.userId, role: 'ADMIN', reason: 'Leads the campaign' });
    await app.assign(carla.userId, 'a', 'b', 'c');
    await owner.mutate('unassignContacts', { appId, contactIds: ['c'] });
    await owner.mutate('reassignContacts', { appId, fromUserId: carla.userId, toUserId: mia.userId, contactIds: ['a'] });
    await owner.mutate('reassignContacts', { appId, fromUserId: carla.userId, toUserId: mia.userId });
    await owner.mutate('removeUser', { appId, userId: mia.userId, reassignContactsTo: app.ownerUserId, reason: 'Has left the company' });
    await carla.person.mutate('leaveApp', { appId, confirmAppId: appId });
  }

  const stored = async (wanted: (event: StoredEvent) => boolean): Promise<StoredEvent[]> => {
    const events: StoredEvent[] = [];
    for await (const event of service.running.membership.store.readAll()) if (wanted(event)) events.push(event);
    return events;
  };
  const ofApp = ({ stream }: StoredEvent): boolean => stream === `app-${app.appId}` || stream === `contacts-${app.appId}`;
  const eventsOf = async (reader: Person, variables: object): Promise<Json> => (await reader.read(EVENTS, variables)).membershipEvents;
  const expectForbidden = ({ data, errors }: Answer, field: string): void => {
    expect(errors.map(({ extensions: { code } }) => code)).toEqual(['FORBIDDEN']);
    expect(data?.[field] ?? null).toBeNull();
  };

  it('returns the log as it was written, with its hash chain', async () => {
    const expected = await stored(ofApp);
    const { nodes } = await eventsOf(app.owner, { filter: { appId: app.appId }, first: 200 });
    expect(nodes).toEqual(expected.map((event) => ({
      __typename: `${event.type}Event`, eventId: event.id, position: event.position, appId: app.appId, stream: event.stream, revision: String(event.revision), type: event.type,
      occurredAt: event.occurredAt, actorId: event.metadata.actorId, correlationId: event.metadata.correlationId, causationId: event.metadata.causationId,
      userId: event.data['userId'] ?? null, summary: expect.stringMatching(/^(?:[A-Z]|operator@).*\.$/), data: event.dataJson, hash: event.hash, hashedText: expect.stringContaining(event.dataJson),
    })));
    for (const node of nodes) expect(hash('sha256', node.hashedText, 'hex')).toBe(node.hash);
    const previous = new Map<string, string>();
    for (const event of expected) {
      expect(event.hash).toBe(eventHash(previous.get(event.stream) ?? FIRST_PREVIOUS_HASH, { ...event, metadataJson: canonicalJson(event.metadata) }));
      previous.set(event.stream, event.hash);
    }
    expect(new Set(expected.map(({ type }) => type)).size).toBe(17);
  });

  it('has a type for each type of event, with every field of its data', async () => {
    const { __type: { possibleTypes } } = await app.owner.read(SCHEMA);
    const ofInterface = ['id', 'actor', 'user', 'eventId', 'position', 'appId', 'stream', 'revision', 'type', 'occurredAt', 'actorId', 'correlationId', 'causationId', 'userId', 'summary', 'data', 'hash', 'hashedText'];
    const parts: Readonly<Record<string, string>> = { person: '{ keapId name }', removal: '{ epoch leaveId reason }' };
    const fragments = possibleTypes.map(({ name, fields }: Json) => {
      const own = fields.filter((field: Json) => !ofInterface.includes(field.name)).map((field: Json) => `${field.name} ${parts[field.name] ?? ''}`);
      return own.length === 0 ? '' : `... on ${name} { ${own.join(' ')} }`;
    });
    const query = `query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 200) { nodes { type data userId ${fragments.join(' ')} } } }`;
    const opened = new Map((await stored(ofApp)).map((event): [string, Json] => [event.dataJson, event.data]));
    for (let sight = 0; sight < 4; sight += 1) {
      const { membershipEvents: { nodes } } = await app.owner.read(query, { appId: app.appId });
      expect(nodes.length).toBeGreaterThan(20);
      for (const { type, data, userId, ...own } of nodes) {
        const said = opened.get(data);
        const { reason: given = null, removalReason = null, ...others } = said;
        const reasons = type === 'AssigneeClosed' ? { closingReason: given, reason: removalReason } : { reason: given };
        expect({ type, ...own, ...('userId' in said ? { userId } : {}) }).toEqual({ type, ...others, ...reasons });
      }
    }
  });

  it('describes each event in plain sentences, with names', async () => {
    const { nodes } = await eventsOf(app.owner, { filter: { appId: app.appId }, first: 200 });
    const sentences = nodes.map(({ summary }: Json) => summary);
    expect(sentences).toEqual(expect.arrayContaining([
      'operator@example.com registered the app Keap Pro Recording with 5 licences.',
      'Olivia Owner became the owner of the app.',
      'Olivia Owner invited Carla Coach as a partner with the role STANDARD.',
      'Carla Coach joined as a partner with the role STANDARD.',
      'operator@example.com gave the app 9 licences.',
      'Olivia Owner invited Rita as a user with the role STANDARD.',
      'Olivia Owner sent Rita the invitation again.',
      'Olivia Owner took the invitation of Rita back.',
      'Dora declined the invitation.',
      'Olivia Owner changed the role of Carla Coach from STANDARD to ADMIN, with the reason "Leads the campaign".',
      'Olivia Owner assigned 3 contacts to Carla Coach.',
      'Olivia Owner took one contact from Carla Coach.',
      'Olivia Owner passed one contact from Carla Coach to Mia.',
      'Mia can be assigned no more contacts, since Olivia Owner is removing them, with the reason "Has left the company".',
      'Olivia Owner removed Mia from the app, with the reason "Has left the company".',
      'Carla Coach left the app.',
    ]));
    expect(sentences.join('\n')).not.toMatch(/omebody|undefined|null/);
  });

  it('is for auditors, over every app, and for an app\'s active admins, including partners', async () => {
    const another = await GivenApp.register(service);
    const helper = await another.join('helper', 'ADMIN');
    const { nodes } = await eventsOf(auditor, { first: 200 });
    const everything = await stored(({ stream }) => stream.startsWith('app-') || stream.startsWith('contacts-'));
    expect(nodes.map(({ position }: Json) => position)).toEqual(everything.slice(0, 200).map(({ position }) => position));
    expect(new Set(nodes.map(({ appId }: Json) => appId)).size).toBe(2);
    expect((await eventsOf(helper.person, { filter: { appId: another.appId }, first: 1 })).nodes).toHaveLength(1);
    expect((await eventsOf(auditor, { filter: { appId: 'nowhere' } })).nodes).toEqual([]);
  });

  it('is refused to everybody else, without revealing anything', async () => {
    const member = await app.join('standard', 'STANDARD', 'USER');
    const stranger = await service.as('stranger@example.com');
    const operator = await service.as('operator@example.com', 'operator');
    const filter = { appId: app.appId };
    for (const reader of [member.person, carla.person, stranger, operator]) {
      expectForbidden(await reader.ask(EVENTS, { filter }), 'membershipEvents');
      expectForbidden(await reader.ask(EVENTS, {}), 'membershipEvents');
      expectForbidden(await reader.ask('query ($appId: ID!, $from: AsOf!) { membershipDiff(appId: $appId, from: $from) { from } }', { ...filter, from: { position: '0' } }), 'membershipDiff');
    }
    expectForbidden(await app.owner.ask(EVENTS, {}), 'membershipEvents');
    expectForbidden(await app.owner.ask(EVENTS, { filter: { userId: app.ownerUserId } }), 'membershipEvents');
    const messages = await Promise.all([app.appId, 'nowhere'].map(async (appId) => (await stranger.ask(EVENTS, { filter: { appId } })).errors[0]?.message));
    expect(messages[0]).toBe(messages[1]);
    const ofUser = { appId: app.appId, userId: carla.userId };
    expect((await member.person.read(HISTORY, ofUser)).app.user.history).toBeNull();
    const why = await member.person.ask(WHY, ofUser);
    expectForbidden(why, 'nothing');
    expect(why.data.app.user).toMatchObject({ status: 'LEFT', why: null });
    expect((await service.nobody().ask(EVENTS, { filter })).errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
    await app.owner.mutate('removeUser', { appId: app.appId, userId: member.userId });
  });

  it('has stable pages in both directions while events are appended', async () => {
    const filter = { appId: app.appId, types: ['PartnerInvited', 'UserInvited', 'InvitationAccepted', 'NoSuchType'] };
    const all = (await eventsOf(app.owner, { filter, first: 200 })).nodes.map(({ position }: Json) => position);
    for (const backwards of [false, true]) {
      const seen: string[][] = [];
      for (let cursor: string | null = null, more = true; more; ) {
        const { nodes, edges, pageInfo }: Json = await eventsOf(app.owner, { filter, ...(backwards ? { last: 2, before: cursor } : { first: 2, after: cursor }) });
        seen.push(nodes.map(({ position }: Json) => position));
        expect([edges[0].cursor, edges.at(-1).cursor]).toEqual([pageInfo.startCursor, pageInfo.endCursor]);
        cursor = backwards ? pageInfo.startCursor : pageInfo.endCursor;
        more = backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage;
      }
      expect((backwards ? seen.reverse() : seen).flat()).toEqual(all);
    }
    const { pageInfo } = await eventsOf(app.owner, { filter, last: 1 });
    const invited = await app.invite('later');
    const next = await eventsOf(app.owner, { filter, after: pageInfo.endCursor });
    expect(next.nodes.map(({ userId }: Json) => userId)).toEqual([invited.userId]);
    expect((await app.owner.ask(EVENTS, { filter: { appId: app.appId }, after: pageInfo.endCursor })).errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('supports every field of the filter, alone and combined', async () => {
    const events = await stored(ofApp);
    const accepted = events.find(({ type }) => type === 'InvitationAccepted')!;
    const typesOf = async (filter: object): Promise<string[]> => (await eventsOf(app.owner, { filter: { appId: app.appId, ...filter }, first: 200 })).nodes.map(({ type }: Json) => type);
    const expected = (wanted: (event: StoredEvent) => boolean): string[] => events.filter(wanted).map(({ type }) => type);
    const about = (userId: string) => ({ data }: StoredEvent): boolean => data['userId'] === userId || data['fromUserId'] === userId;
    expect(await typesOf({ userId: carla.userId })).toEqual(expected(about(carla.userId)));
    expect(await typesOf({ keapId: ` ${carla.person.keapId.toUpperCase()} ` })).toEqual(expected(about(carla.userId)));
    expect(await typesOf({ actorId: accepted.metadata.actorId })).toEqual(expected(({ metadata }) => metadata.actorId === accepted.metadata.actorId));
    expect(await typesOf({ correlationId: accepted.metadata.correlationId })).toEqual(expected(({ metadata }) => metadata.correlationId === accepted.metadata.correlationId));
    expect(await typesOf({ from: accepted.occurredAt })).toEqual(expected(({ occurredAt }) => occurredAt >= accepted.occurredAt));
    expect(await typesOf({ to: accepted.occurredAt })).toEqual(expected(({ occurredAt }) => occurredAt < accepted.occurredAt));
    expect(await typesOf({ afterPosition: accepted.position })).toEqual(expected(({ position }) => position > accepted.position));
    expect(await typesOf({ userId: carla.userId, types: ['ContactsReassigned'], afterPosition: accepted.position })).toEqual(expected((event) => about(carla.userId)(event) && event.type === 'ContactsReassigned'));
    expect(await typesOf({ types: [] })).toEqual([]);
    expect(await typesOf({ keapId: 'not an address' })).toEqual([]);
    for (const filter of [{ types: Array<string>(31).fill('PartnerInvited') }, { types: ['x'.repeat(255)] }, { keapId: 'x'.repeat(255) }, { actorId: 'x'.repeat(255) }]) {
      expect((await app.owner.ask(EVENTS, { filter: { appId: app.appId, ...filter } })).errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  it('of a user shows what happened to them, up to the requested moment', async () => {
    const ofCarla = { appId: app.appId, userId: carla.userId };
    const typesAt = async (variables: object): Promise<string[]> => (await app.owner.read(HISTORY, { ...ofCarla, ...variables })).app.user.history.nodes.map(({ type }: Json) => type);
    const all = await typesAt({ first: 200 });
    expect([all[0], all[1], all.at(-1)]).toEqual(['PartnerInvited', 'InvitationAccepted', 'PartnerLeftApp']);
    const changed = (await stored(ofApp)).find(({ type, data }) => type === 'UserRoleChanged' && data['userId'] === carla.userId)!;
    expect(await typesAt({ asOf: { position: changed.position } })).toEqual(['PartnerInvited', 'InvitationAccepted', 'UserRoleChanged']);
    const byTime = await typesAt({ asOf: { time: changed.occurredAt } });
    expect(byTime).toEqual(all.slice(0, byTime.length));
    expect(byTime).toContain('UserRoleChanged');
    const { user: { history } } = (await app.owner.read(HISTORY, { ...ofCarla, first: 1 })).app;
    expect(await typesAt({ first: 1, after: history.pageInfo.endCursor })).toEqual(['InvitationAccepted']);
  });

  it('withholds from admins the address and the client of others in events of before they were encrypted, and from auditors and the actor nothing', async () => {
    const old = await GivenApp.register(service);
    const second = await old.join('second admin', 'ADMIN', 'USER');
    const events = await stored(({ stream }) => stream === `app-${old.appId}`);
    const [{ metadata: { actorId, correlationId, causationId, commandId } }, { occurredAt, stream, revision }] = [events.find(({ type }) => type === 'UserInvited')!, events.at(-1)!];
    const metadata = { actorId, correlationId, causationId, commandId, clientAddress: '203.0.113.7', clientName: 'phone', clientVersion: '7' };
    const { position } = await service.running.membership.store.append(stream, [{ id: randomUUID(), type: 'LicencesSet', schemaVersion: 1, occurredAt, data: { licences: 7 }, metadata }], revision);
    const textFor = async (person: Person): Promise<Json> => (await person.read('query ($appId: ID!) { membershipEvents(filter: { appId: $appId, types: ["LicencesSet"] }, last: 1) { nodes { hash hashedText } } }', { appId: old.appId }, { 'x-min-position': position })).membershipEvents.nodes[0];
    const others = await textFor(second.person);
    expect(others.hashedText).toContain('"clientAddress":"withheld","clientName":"withheld","clientVersion":"withheld"');
    expect(others.hashedText).not.toMatch(/203\.0\.113\.7|phone/);
    for (const reader of [auditor, old.owner]) {
      const { hash: own, hashedText } = await textFor(reader);
      expect(hashedText).toContain('"clientAddress":"203.0.113.7","clientName":"phone","clientVersion":"7"');
      expect(hash('sha256', hashedText, 'hex')).toBe(own);
    }
  });
});

describe('the explanation of a user\'s state', () => {
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start();
    app = await GivenApp.register(service);
  });
  afterAll(() => service.close());

  const whyOf = async (userId: string, asOf: object | null = null): Promise<Json> => {
    const { status, role, why } = (await app.owner.read(WHY, { appId: app.appId, userId, asOf })).app.user;
    return [status, role, why.status.type, why.role.type, why.licence?.type ?? null];
  };

  it('names the events that led to it, now and at any moment', async () => {
    const { appId, owner } = app;
    expect(await whyOf(app.ownerUserId)).toEqual(['ACTIVE', 'ADMIN', 'OwnerAdded', 'OwnerAdded', 'OwnerAdded']);
    const invited = await app.invite('user', 'STANDARD', 'USER');
    expect(await whyOf(invited.userId)).toEqual(['INVITED', 'STANDARD', 'UserInvited', 'UserInvited', 'UserInvited']);
    const resent = await owner.mutate('resendInvitation', { appId, invitationId: invited.invitationId }, 'position invitation { developmentToken }');
    expect(await whyOf(invited.userId)).toEqual(['INVITED', 'STANDARD', 'InvitationResent', 'UserInvited', 'InvitationResent']);
    await owner.mutate('changeUserRole', { appId, userId: invited.userId, role: 'ADMIN' });
    const accepted = await invited.person.mutate('acceptInvitation', { token: resent.invitation.developmentToken });
    expect(await whyOf(invited.userId)).toEqual(['ACTIVE', 'ADMIN', 'InvitationAccepted', 'UserRoleChanged', 'InvitationAccepted']);
    const removed = await owner.mutate('removeUser', { appId, userId: invited.userId });
    expect(await whyOf(invited.userId)).toEqual(['REMOVED', 'ADMIN', 'UserRemoved', 'UserRoleChanged', null]);
    expect(await whyOf(invited.userId, { position: accepted.position })).toEqual(['ACTIVE', 'ADMIN', 'InvitationAccepted', 'UserRoleChanged', 'InvitationAccepted']);
    expect(await whyOf(invited.userId, { position: resent.position })).toEqual(['INVITED', 'STANDARD', 'InvitationResent', 'UserInvited', 'InvitationResent']);
    expect((await owner.read(WHY, { appId, userId: invited.userId })).app.user.why.status.position).toBe(removed.position);
  });

  it('names the appointment of an admin for the role, and for the access of whoever joined by it', async () => {
    const { appId } = app;
    const operator = await service.as('operator@example.com', 'operator');
    const standard = await app.join('promoted', 'STANDARD', 'USER');
    await operator.mutate('appointAdmin', { appId, keapId: standard.person.keapId, reason: 'Ticket 1' });
    expect(await whyOf(standard.userId)).toEqual(['ACTIVE', 'ADMIN', 'InvitationAccepted', 'AdminAppointed', 'InvitationAccepted']);
    const { user } = await operator.mutate('appointAdmin', { appId, keapId: 'new-admin@example.com', reason: 'Ticket 2' }, 'user { userId }');
    expect(await whyOf(user.userId)).toEqual(['ACTIVE', 'ADMIN', 'AdminAppointed', 'AdminAppointed', 'AdminAppointed']);
  });

  it('covers every way in which an invitation and a partner\'s access can end', async () => {
    const { appId, owner } = app;
    const declined = await app.invite('declined');
    await declined.person.mutate('declineInvitation', { token: declined.token });
    expect(await whyOf(declined.userId)).toEqual(['DECLINED', 'STANDARD', 'InvitationDeclined', 'PartnerInvited', null]);
    const revoked = await app.invite('revoked', 'ADMIN');
    await owner.mutate('revokeInvitation', { appId, invitationId: revoked.invitationId });
    expect(await whyOf(revoked.userId)).toEqual(['REVOKED', 'ADMIN', 'InvitationRevoked', 'PartnerInvited', null]);
    const left = await app.join('left');
    await left.person.mutate('leaveApp', { appId, confirmAppId: appId });
    expect(await whyOf(left.userId)).toEqual(['LEFT', 'STANDARD', 'PartnerLeftApp', 'PartnerInvited', null]);
  });
});
