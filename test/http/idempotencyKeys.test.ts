import { type EventToAppend, headOf, type LogPosition, type StoredEvent, StoreUnavailable } from '../../src/eventstore/eventStore';
import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import type { Json, Person } from '../support/person';
import { addressOf, TestService } from '../support/testService';

/** A mutation that will succeed, by whom, and what of its success is compared. */
interface Wish {
  readonly person: Person;
  readonly input: object;
  readonly fields: string;
}

const USER = 'position user { userId status role kind assignedContactCount }';
const MOVED = 'position changed';

async function registeredWebhook(appId: string, operator: Person): Promise<string> {
  const { webhook } = await operator.mutate('registerWebhook', { url: `https://hooks.example.com/${appId}` }, 'webhook { webhookId }');
  return webhook.webhookId;
}

const REVIEW = 'position review { reviewId status decidedCount totalCount finishedAt }';

/** A review of the app, in which everybody is decided on but the admin who has decided. */
async function startedReview(app: GivenApp): Promise<{ readonly reviewId: string; readonly otherId: string }> {
  const { person, userId: otherId } = await app.join('reviewer', 'ADMIN', 'USER');
  const { review: { reviewId } } = await app.owner.mutate('startAccessReview', { appId: app.appId }, 'review { reviewId }');
  const { accessReview } = await person.read('query ($reviewId: ID!) { accessReview(reviewId: $reviewId) { items { nodes { user { userId } } } } }', { reviewId });
  const userIds = accessReview.items.nodes.map(({ user }: Json) => user.userId).filter((userId: string) => userId !== otherId);
  await person.mutate('decideAccess', { reviewId, userIds, decision: 'KEEP' });
  return { reviewId, otherId };
}

/** One wish for each mutation. */
const WISHES: Readonly<Record<string, (app: GivenApp, operator: Person) => Promise<Wish>>> = {
  registerApp: async ({ appId }, operator) => ({ person: operator, input: { appId: `${appId}-new`, name: 'New', licences: 2, ownerKeapId: addressOf(appId, 'new owner') }, fields: 'position app { appId url }' }),
  setLicences: async ({ appId }, operator) => ({ person: operator, input: { appId, licences: 9 }, fields: 'position app { licences { total } }' }),
  renameApp: async ({ appId }, operator) => ({ person: operator, input: { appId, name: 'Keap Max', url: 'https://max.example.com' }, fields: 'position app { name accountName url }' }),
  appointAdmin: async ({ appId }, operator) => ({ person: operator, input: { appId, keapId: addressOf(appId, 'appointed'), reason: 'Ticket 4711' }, fields: USER }),
  rebindUser: async (app, operator) => ({ person: operator, input: { appId: app.appId, userId: (await app.join('lost')).userId, keapId: addressOf(app.appId, 'found'), reason: 'Ticket 4712' }, fields: USER }),
  invitePartner: async ({ appId, owner }) => ({ person: owner, input: { appId, keapId: addressOf(appId, 'new'), role: 'STANDARD' }, fields: `${USER} invitation { invitationId sendCount developmentToken }` }),
  inviteUser: async ({ appId, owner }) => ({ person: owner, input: { appId, keapId: addressOf(appId, 'new'), role: 'ADMIN' }, fields: `${USER} invitation { invitationId sendCount developmentToken }` }),
  resendInvitation: async (app) => ({ person: app.owner, input: { appId: app.appId, invitationId: (await app.invite('slow')).invitationId }, fields: `${USER} invitation { sendCount expiresAt developmentToken }` }),
  revokeInvitation: async (app) => ({ person: app.owner, input: { appId: app.appId, invitationId: (await app.invite('wrong')).invitationId }, fields: USER }),
  acceptInvitation: async (app) => {
    const { person, token } = await app.invite('willing');
    return { person, input: { token }, fields: `${USER} account { appId label }` };
  },
  declineInvitation: async (app) => {
    const { person, invitationId } = await app.invite('unwilling');
    return { person, input: { appId: app.appId, invitationId }, fields: 'position appId' };
  },
  changeUserRole: async (app) => ({ person: app.owner, input: { appId: app.appId, userId: (await app.join('rising')).userId, role: 'ADMIN' }, fields: USER }),
  removeUser: async (app) => {
    const { userId } = await app.join('leaver');
    await app.assign(userId, 'r1', 'r2');
    return { person: app.owner, input: { appId: app.appId, userId, reassignContactsTo: app.ownerUserId }, fields: USER };
  },
  leaveApp: async (app) => ({ person: (await app.join('tired')).person, input: { appId: app.appId, confirmAppId: app.appId }, fields: 'position appId' }),
  assignContacts: async (app) => ({ person: app.owner, input: { appId: app.appId, userId: (await app.join('busy')).userId, contactIds: ['a1', 'a2', 'a3'] }, fields: `${MOVED} user { userId assignedContactCount }` }),
  unassignContacts: async (app) => {
    await app.assign((await app.join('relieved')).userId, 'u1', 'u2');
    return { person: app.owner, input: { appId: app.appId, contactIds: ['u1', 'u2', 'nobody has this'] }, fields: MOVED };
  },
  reassignContacts: async (app) => {
    const { userId } = await app.join('giver');
    await app.assign(userId, 'm1', 'm2', 'm3');
    return { person: app.owner, input: { appId: app.appId, fromUserId: userId, toUserId: app.ownerUserId }, fields: `${MOVED} fromUser { assignedContactCount } toUser { assignedContactCount }` };
  },
  releaseKeapId: async (app, operator) => ({ person: operator, input: { keapId: (await app.join('moved on')).person.keapId }, fields: 'position' }),
  registerWebhook: async ({ appId }, operator) => ({ person: operator, input: { url: `https://hooks.example.com/${appId}`, types: ['InvitationAccepted'] }, fields: 'position secret webhook { webhookId url types appIds }' }),
  removeWebhook: async ({ appId }, operator) => ({ person: operator, input: { webhookId: await registeredWebhook(appId, operator) }, fields: 'position webhookId' }),
  replayWebhook: async ({ appId }, operator) => ({ person: operator, input: { webhookId: await registeredWebhook(appId, operator), after: '0' }, fields: 'position webhook { webhookId position }' }),
  startAccessReview: async ({ appId, owner }) => ({ person: owner, input: { appId, note: 'Quarter 1' }, fields: REVIEW }),
  decideAccess: async (app) => {
    const { reviewId, otherId } = await startedReview(app);
    return { person: app.owner, input: { reviewId, userIds: [otherId], decision: 'REMOVE', remark: 'No longer needed' }, fields: REVIEW };
  },
  finishAccessReview: async (app) => {
    const { reviewId, otherId } = await startedReview(app);
    await app.owner.mutate('decideAccess', { reviewId, userIds: [otherId], decision: 'KEEP' });
    return { person: app.owner, input: { reviewId }, fields: REVIEW };
  },
  setAccountLabel: async ({ appId, owner }) => ({ person: owner, input: { appId, label: 'Mine' }, fields: 'position account { label }' }),
};

const MUTATIONS = Object.keys(WISHES);

describe('an idempotency key', () => {
  const clock = new MovableClock();
  let service: TestService;
  let app: GivenApp;
  let operator: Person;
  /** Where the log ended before the test. */
  let start: LogPosition;
  beforeAll(async () => {
    service = await TestService.start({ clock });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    start = await headOf(service.running.membership.store);
    app = await GivenApp.register(service, { licences: 8 });
    operator = await service.as('operator@example.com', 'operator');
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** What the test has written so far. */
  const written = async (): Promise<StoredEvent[]> => {
    const events: StoredEvent[] = [];
    for await (const event of service.running.membership.store.readAll({ after: start })) events.push(event);
    return events;
  };

  /** Sends the wish with a key that no other test uses. */
  const send = (mutation: string, { person, input, fields }: Wish, key = `key of ${app.appId}`): Promise<Json> => person.mutate(mutation, { ...input, idempotencyKey: key }, fields);

  const wishFor = async (mutation: string): Promise<Wish> => {
    const make = WISHES[mutation];
    if (!make) throw new Error(`no wish for ${mutation}`);
    return make(app, operator);
  };

  /** Lets this append happen as `instead` says, the first time an append holds an event of that type; the others as always. */
  const onFirst = (type: string, instead: (append: () => Promise<unknown>) => Promise<void>): void => {
    const { store } = service.running.membership;
    const append = store.append.bind(store);
    let met = false;
    jest.spyOn(store, 'append').mockImplementation(async (stream: string, events: readonly EventToAppend[], revision: number) => {
      if (!met && events.some((event) => event.type === type)) {
        met = true;
        await instead(() => append(stream, events, revision));
      }
      return append(stream, events, revision);
    });
  };

  it('is accepted by every mutation', async () => {
    const { __schema: schema } = await service.nobody().read('{ __schema { mutationType { fields { name } } } }');
    expect(schema.mutationType.fields.map(({ name }: { name: string }) => name).sort()).toEqual([...MUTATIONS].sort());
  });

  it.each(MUTATIONS)('repeated with the same input gets the same answer of %s and writes nothing more', async (mutation) => {
    const wish = await wishFor(mutation);
    const first = await send(mutation, wish);
    expect(first.__typename).toMatch(/Success$/);
    const count = (await written()).length;
    expect(await send(mutation, wish)).toEqual(first);
    expect((await written()).length).toBe(count);
  });

  it('is remembered for every mutation across a restart', async () => {
    const sent: { mutation: string; wish: Wish; first: Json }[] = [];
    for (const mutation of MUTATIONS) {
      app = await GivenApp.register(service, { licences: 8 });
      const wish = await wishFor(mutation);
      sent.push({ mutation, wish, first: await send(mutation, wish, 'over a restart') });
    }
    const count = (await written()).length;
    await service.restart();
    await service.running.membership.caughtUp(10_000);
    for (const { mutation, wish, first } of sent) {
      const scopes = wish.person.keapId === operator.keapId ? (['operator'] as const) : [];
      const person = await service.as(wish.person.keapId, ...scopes);
      expect([mutation, await send(mutation, { ...wish, person }, 'over a restart')]).toEqual([mutation, first]);
    }
    expect((await written()).length).toBe(count);
  });

  it.each(MUTATIONS)('sent twice concurrently gets two equal answers of %s and one set of events', async (mutation) => {
    const wish = await wishFor(mutation);
    const before = (await written()).length;
    const [one, other] = await Promise.all([send(mutation, wish), send(mutation, wish)]);
    expect(one.__typename).toMatch(/Success$/);
    expect(other).toEqual(one);
    const added = (await written()).slice(before);
    expect(added.filter(({ type }) => type === 'RequestReceived')).toHaveLength(1);
    expect(added.filter(({ type }) => type === 'RequestAnswered')).toHaveLength(1);
    expect(new Set(added.map(({ id }) => id)).size).toBe(added.length);
    const facts = added.filter(({ type }) => !type.startsWith('Request')).map(({ type }) => type);
    expect(new Set(facts).size).toBe(facts.length);
  });

  it('with different input answers IDEMPOTENCY_KEY_REUSED, and nothing is written', async () => {
    const wish = await wishFor('invitePartner');
    await send('invitePartner', wish);
    const count = (await written()).length;
    const other = { ...wish, input: { ...wish.input, role: 'ADMIN' } };
    expect(await send('invitePartner', other)).toMatchObject({ __typename: 'Rejection', code: 'IDEMPOTENCY_KEY_REUSED', field: 'idempotencyKey' });
    expect((await written()).length).toBe(count);
  });

  it('must be well-formed Unicode; otherwise it answers INVALID_INPUT', async () => {
    expect(await send('invitePartner', await wishFor('invitePartner'), 'key\ud800')).toMatchObject({ __typename: 'Rejection', code: 'INVALID_INPUT', field: 'idempotencyKey' });
  });

  it('gets the answer of a faster identical request, not a refusal because of its effects', async () => {
    const { userId } = await app.join('busy');
    const wish = { person: app.owner, input: { appId: app.appId, userId, contactIds: ['quick'] }, fields: MOVED };
    const { store } = service.running.membership;
    const readStream = store.readStream.bind(store);
    let met = false;
    let faster: Json = {};
    jest.spyOn(store, 'readStream').mockImplementation(async function* (stream, options) {
      yield* readStream(stream, options);
      if (met || !stream.startsWith('request-')) return;
      met = true;
      faster = await send('assignContacts', wish);
      await app.owner.mutate('removeUser', { appId: app.appId, userId, reassignContactsTo: app.ownerUserId });
    });
    const slower = await send('assignContacts', wish);
    expect(slower).toMatchObject({ __typename: 'AssignContactsSuccess', changed: 1 });
    expect(slower).toEqual(faster);
  });

  it('is remembered for 24 hours, and counts as new afterwards', async () => {
    const { userId } = await app.join('partner');
    const wish = { person: app.owner, input: { appId: app.appId, userId, contactIds: ['again'] }, fields: MOVED };
    const first = await send('assignContacts', wish);
    await app.owner.mutate('unassignContacts', { appId: app.appId, contactIds: ['again'] });
    clock.pass(DAY_MS - 60_000);
    expect(await send('assignContacts', wish)).toEqual(first);
    clock.pass(60_000);
    const anew = await send('assignContacts', wish);
    expect(anew.changed).toBe(1);
    expect(anew.position > first.position).toBe(true);
  });

  it('belongs to one person', async () => {
    const { person } = await app.join('other');
    await send('setAccountLabel', { person: app.owner, input: { appId: app.appId, label: 'The owner\'s' }, fields: 'position' }, 'shared');
    expect(await send('setAccountLabel', { person, input: { appId: app.appId, label: 'The partner\'s' }, fields: 'account { label }' }, 'shared')).toMatchObject({ account: { label: 'The partner\'s' } });
  });

  it('belongs to one mutation', async () => {
    const { userId } = await app.join('partner');
    expect(await send('assignContacts', { person: app.owner, input: { appId: app.appId, userId, contactIds: ['one'] }, fields: MOVED })).toMatchObject({ changed: 1 });
    expect(await send('unassignContacts', { person: app.owner, input: { appId: app.appId, contactIds: ['one'] }, fields: MOVED })).toMatchObject({ changed: 1 });
  });

  it('does not remember a refusal: the same key succeeds once the rule allows it', async () => {
    const { person, userId } = await app.join('partner');
    await app.assign(userId, 'in the way');
    const leave = { person, input: { appId: app.appId, confirmAppId: app.appId }, fields: 'position appId' };
    const count = (await written()).length;
    expect(await send('leaveApp', leave)).toMatchObject({ code: 'HAS_ASSIGNED_CONTACTS' });
    expect(await send('leaveApp', leave)).toMatchObject({ code: 'HAS_ASSIGNED_CONTACTS' });
    expect((await written()).length).toBe(count);
    await app.owner.mutate('unassignContacts', { appId: app.appId, contactIds: ['in the way'] });
    const left = await send('leaveApp', leave);
    expect(left).toMatchObject({ __typename: 'LeaveAppSuccess', appId: app.appId });
  });

  it('is looked up before membership: leaving with a key gives the same answer after the person has left', async () => {
    const wish = await wishFor('leaveApp');
    const left = await send('leaveApp', wish);
    expect(await send('leaveApp', wish, 'another key')).toMatchObject({ code: 'NOT_A_MEMBER' });
    expect(await send('leaveApp', wish)).toEqual(left);
  });

  it.each(['', 'x'.repeat(201)])('has 1 to 200 characters', async (key) => {
    expect(await send('setAccountLabel', { person: app.owner, input: { appId: app.appId, label: 'x' }, fields: 'position' }, key)).toMatchObject({ code: 'INVALID_INPUT', field: 'idempotencyKey' });
  });

  it.each(MUTATIONS)('gets the answer of %s that was not recorded because of a crash', async (mutation) => {
    const wish = await wishFor(mutation);
    const before = (await written()).length;
    onFirst('RequestAnswered', async () => {
      throw new StoreUnavailable('lost');
    });
    await expect(send(mutation, wish)).rejects.toThrow('STORE_UNAVAILABLE');
    const facts = (await written()).slice(before).filter(({ type }) => !type.startsWith('Request'));
    expect(facts).not.toHaveLength(0);
    const repeated = await send(mutation, wish);
    expect(repeated.__typename).toMatch(/Success$/);
    expect((await written()).slice(before).filter(({ type }) => !type.startsWith('Request'))).toEqual(facts);
    // That the place of a removed webhook is free again is no part of the answer.
    expect(repeated.position).toBe(facts.findLast(({ type }) => type !== 'WebhookPlaceFreed')?.position);
    if ('changed' in repeated) expect(repeated.changed).toBe({ assignContacts: 3, unassignContacts: 2, reassignContacts: 3 }[mutation]);
    expect(await send(mutation, wish)).toEqual(repeated);
  });

  it.each(MUTATIONS)('resolves an append of %s whose outcome was unknown', async (mutation) => {
    const wish = await wishFor(mutation);
    const before = (await written()).length;
    let interrupted = false;
    const { store } = service.running.membership;
    const append = store.append.bind(store);
    jest.spyOn(store, 'append').mockImplementation(async (stream, events, revision) => {
      const result = await append(stream, events, revision);
      // Signing in is no part of the mutation.
      if (interrupted || stream.startsWith('request-') || events[0]?.type === 'KeapIdBound') return result;
      interrupted = true;
      throw new StoreUnavailable('written, but nobody heard of it');
    });
    await expect(send(mutation, wish)).rejects.toThrow('STORE_UNAVAILABLE');
    const repeated = await send(mutation, wish);
    expect(repeated.__typename).toMatch(/Success$/);
    const facts = (await written()).slice(before).filter(({ type }) => !type.startsWith('Request')).map(({ type }) => type);
    expect(new Set(facts).size).toBe(facts.length);
    if ('changed' in repeated) expect(repeated.changed).toBe({ assignContacts: 3, unassignContacts: 2, reassignContacts: 3 }[mutation]);
  });

  describe('is decided on the rights of today', () => {
    let other: { readonly person: Person; readonly userId: string };
    beforeEach(async () => {
      other = await app.join('other admin', 'ADMIN', 'USER');
    });

    /** The same person after their right has ended: an operator without the scope, or somebody whom an admin has removed. */
    const withoutRight = async ({ person, input }: Wish): Promise<Person> => {
      if (person === operator) return service.as(person.keapId);
      const { appId } = app;
      const { app: seen } = await other.person.read('query ($appId: ID!) { app(appId: $appId) { users(filter: { statuses: [ACTIVE] }) { nodes { userId keapId } } } }', { appId });
      const member = seen.users.nodes.find(({ keapId }: { readonly keapId: string }) => keapId === person.keapId);
      if (member) await other.person.mutate('removeUser', { appId, userId: member.userId, reassignContactsTo: other.userId });
      expect(input).not.toBeNull();
      return person;
    };
    /** Mutations that name a review and no app. */
    const UNKNOWN: Readonly<Record<string, string>> = { decideAccess: 'REVIEW_NOT_FOUND', finishAccessReview: 'REVIEW_NOT_FOUND' };
    const REPEATED: Readonly<Record<string, string>> = { acceptInvitation: 'NOT_A_MEMBER', declineInvitation: 'DeclineInvitationSuccess', leaveApp: 'LeaveAppSuccess' };

    it('when it is repeated by somebody who has lost the right to it since, for every mutation', async () => {
      for (const mutation of MUTATIONS) {
        app = await GivenApp.register(service, { licences: 8 });
        other = await app.join('other admin', 'ADMIN', 'USER');
        const wish = await wishFor(mutation);
        const first = await send(mutation, wish);
        expect(first.__typename).toMatch(/Success$/);
        const person = await withoutRight(wish);
        const repeated = await send(mutation, { ...wish, person });
        expect([mutation, repeated.code ?? repeated.__typename]).toEqual([mutation, REPEATED[mutation] ?? UNKNOWN[mutation] ?? (wish.person === operator ? 'FORBIDDEN' : 'APP_NOT_FOUND')]);
        if (!(mutation in REPEATED)) expect(repeated).toEqual(await person.mutate(mutation, wish.input, wish.fields));
      }
    });

    it('when its answer was not recorded because of a crash', async () => {
      onFirst('RequestAnswered', async () => {
        throw new StoreUnavailable('lost');
      });
      const wish = await wishFor('invitePartner');
      await expect(send('invitePartner', wish)).rejects.toThrow('STORE_UNAVAILABLE');
      await other.person.mutate('changeUserRole', { appId: app.appId, userId: app.ownerUserId, role: 'STANDARD' });
      expect(await send('invitePartner', wish)).toMatchObject({ __typename: 'Rejection', code: 'FORBIDDEN' });
    });

    it('except for the right that the act itself has ended', async () => {
      const { appId, owner, ownerUserId: userId } = app;
      const demote: Wish = { person: owner, input: { appId, userId, role: 'STANDARD' }, fields: 'position user { keapId role }' };
      const demoted = await send('changeUserRole', demote);
      expect(await send('changeUserRole', demote)).toEqual(demoted);
      const remove: Wish = { person: other.person, input: { appId, userId: other.userId }, fields: 'position user { keapId status }' };
      await other.person.mutate('changeUserRole', { appId, userId, role: 'ADMIN' });
      const removed = await send('removeUser', remove);
      expect(removed).toMatchObject({ __typename: 'RemoveUserSuccess', user: { keapId: other.person.keapId, status: 'REMOVED' } });
      expect(await send('removeUser', remove)).toEqual(removed);
      expect(await send('removeUser', { ...remove, fields: 'position user { name invitedAt }' })).toMatchObject({ user: { name: null, invitedAt: null } });
      for (const seen of ['app { users { nodes { keapId } } }', 'invitation { sendCount }', 'invitedBy { keapId }', 'assignedContactCount', 'why { role { type } }']) {
        await expect(send('removeUser', { ...remove, fields: `user { ${seen} }` })).rejects.toThrow('FORBIDDEN');
      }
      const third = await app.join('third admin', 'ADMIN', 'USER');
      await third.person.mutate('removeUser', { appId, userId });
      expect(await send('changeUserRole', demote)).toMatchObject({ code: 'APP_NOT_FOUND' });
    });
  });

  it('does not repeat after a crash what somebody has changed since', async () => {
    onFirst('RequestAnswered', async () => {
      throw new StoreUnavailable('lost');
    });
    const wish = { person: app.owner, input: { appId: app.appId, label: 'First' }, fields: 'position account { label }' };
    await expect(send('setAccountLabel', wish)).rejects.toThrow('STORE_UNAVAILABLE');
    await app.owner.mutate('setAccountLabel', { appId: app.appId, label: 'Second' });
    expect(await send('setAccountLabel', wish)).toMatchObject({ account: { label: 'Second' } });
  });

  it('moves no more contacts after a crash than it moved before', async () => {
    const { userId } = await app.join('giver');
    await app.assign(userId, 'before 1', 'before 2');
    onFirst('RequestAnswered', async () => {
      throw new StoreUnavailable('lost');
    });
    const wish = { person: app.owner, input: { appId: app.appId, fromUserId: userId, toUserId: app.ownerUserId }, fields: `${MOVED} fromUser { assignedContactCount }` };
    await expect(send('reassignContacts', wish)).rejects.toThrow('STORE_UNAVAILABLE');
    await app.assign(userId, 'after');
    expect(await send('reassignContacts', wish)).toMatchObject({ changed: 2, fromUser: { assignedContactCount: 1 } });
  });
});
