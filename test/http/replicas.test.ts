import { setTimeout as pause } from 'node:timers/promises';
import { recordDueReminders } from '../../src/application/accessReviews';
import { recordExpiredInvitations } from '../../src/application/invitations';
import { contactsStream, reviewStream, rosterStream } from '../../src/domain/streams';
import { EventStoreDbEventStore } from '../../src/eventstore/eventStoreDb/store';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { Following } from '../support/following';
import { EsdbServer } from '../support/esdb/esdbServer';
import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import { breachesOf } from '../support/membershipInvariants';
import { startDyingService, startServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import type { Json, Person } from '../support/person';
import { addressOf, sharedStore, TestService } from '../support/testService';

const REPLICAS = 3;
const COMMANDS = 1_000;
const NO_LIMITS = { INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0' };
const USERS = 'query ($appId: ID!) { app(appId: $appId) { users(first: 200) { totalCount nodes { keapId status } } } }';

describe('three replicas with one EventStoreDB', () => {
  const clock = new MovableClock();
  let server: EsdbServer;
  let replicas: TestService[];
  beforeAll(async () => {
    server = await EsdbServer.start();
    replicas = await Promise.all(Array.from({ length: REPLICAS }, () => TestService.start({ env: { ...sharedStore(server), ...NO_LIMITS }, clock })));
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await server.stop();
  });

  /** The same person, signed in everywhere. */
  const everywhere = async (keapId: string): Promise<readonly Person[]> => Promise.all(replicas.map((replica) => replica.as(keapId)));
  const log = async (): Promise<StoredEvent[]> => {
    const events: StoredEvent[] = [];
    for await (const event of replicas[0]!.running.membership.store.readAll()) events.push(event);
    return events;
  };

  it('show a write through one of them in the others, by its position', async () => {
    const { appId, owner } = await GivenApp.register(replicas[0]!);
    const owners = await everywhere(owner.keapId);
    for (let round = 0; round < 30; round += 1) {
      const keapId = addressOf(appId, round);
      const { position } = await owners[round % REPLICAS]!.mutate('invitePartner', { appId, keapId, role: 'STANDARD' });
      const lists = await Promise.all(owners.map((one) => one.read(USERS, { appId }, { 'x-min-position': position })));
      for (const { app } of lists) expect(app.users.nodes.map((node: Json) => node.keapId)).toContain(keapId);
    }
  });

  it('send through a subscription what was written through another of them', async () => {
    const app = await GivenApp.register(replicas[0]!);
    const { appId, owner } = app;
    const follower = await replicas[1]!.as(owner.keapId);
    const query = 'subscription ($filter: MembershipEventFilter) { membershipEvents(filter: $filter) { position type userId } }';
    const told = new Following('WebSocket', follower, { query, variables: { filter: { appId, afterPosition: '0', types: ['PartnerInvited'] } } });
    await app.invite('first');
    await told.until(1);
    const { userId } = await app.invite('second');
    expect((await told.until(2))[1].membershipEvents).toMatchObject({ type: 'PartnerInvited', userId });
    told.stop();
  });

  it('answer one idempotency key alike when one of them is slow and others write meanwhile', async () => {
    const app = await GivenApp.register(replicas[0]!);
    const { appId } = app;
    const { userId } = await app.join('partner');
    const [slowOwner, quickOwner, otherOwner] = await everywhere(app.owner.keapId);
    const { store } = replicas[0]!.running.membership;
    const append = store.append.bind(store);
    const assignment = gate();
    const hold = jest.spyOn(store, 'append').mockImplementation(async (stream, events, revision) => {
      if (stream === contactsStream(appId)) {
        hold.mockRestore();
        assignment.reach();
        await assignment.opened;
      }
      return append(stream, events, revision);
    });
    const wish = { appId, userId, contactIds: ['x', 'y'], idempotencyKey: 'one key' };
    const slow = slowOwner!.mutate('assignContacts', wish, 'position changed');
    await assignment.reached;
    await otherOwner!.mutate('assignContacts', { appId, userId, contactIds: ['somebody else\'s'] });
    const quick = await quickOwner!.mutate('assignContacts', wish, 'position changed');
    await otherOwner!.mutate('unassignContacts', { appId, contactIds: ['x'] });
    assignment.open();
    expect(quick).toMatchObject({ changed: 2 });
    expect(await slow).toEqual(quick);
    const types = (await log()).filter(({ stream }) => stream === contactsStream(appId)).map(({ type }) => type);
    expect(types).toEqual(['ContactsAssigned', 'ContactsAssigned', 'ContactsUnassigned']);
  });

  it(`keep every rule while ${COMMANDS} commands on one app run through all of them`, async () => {
    const licences = 20;
    const { appId, owner, ownerUserId } = await GivenApp.register(replicas[0]!, { licences });
    const owners = await everywhere(owner.keapId);
    const keapIds = Array.from({ length: 12 }, (_, index) => addressOf(appId, 'partner', index));
    const people = await Promise.all(keapIds.map(everywhere));
    const userIds = new Map<number, string>([[-1, ownerUserId]]);
    const answers: Record<string, number> = {};
    const dice = seeded(11);

    const command = async (): Promise<void> => {
      const at = dice(REPLICAS);
      const who = dice(keapIds.length);
      const admin = owners[at]!;
      const partner = people[who]![at]!;
      const contact = `contact ${dice(40)}`;
      const userId = userIds.get(who);
      const tried = dice(6);
      const answer = await (tried === 0 || userId === undefined ? inviteAndAccept(admin, partner, who)
        : tried === 1 ? partner.mutate('leaveApp', { appId, confirmAppId: appId })
        : tried === 2 ? admin.mutate('removeUser', { appId, userId, reassignContactsTo: ownerUserId })
        : tried === 3 ? admin.mutate('assignContacts', { appId, userId, contactIds: [contact] })
        : tried === 4 ? admin.mutate('unassignContacts', { appId, contactIds: [contact] })
        : admin.mutate('changeUserRole', { appId, userId, role: dice(2) === 0 ? 'ADMIN' : 'STANDARD' }));
      answers[answer.__typename] = (answers[answer.__typename] ?? 0) + 1;
    };
    const inviteAndAccept = async (admin: Person, partner: Person, who: number): Promise<Json> => {
      const invited = await admin.mutate('invitePartner', { appId, keapId: partner.keapId, role: 'STANDARD' }, 'user { userId } invitation { developmentToken }');
      if (invited.invitation === undefined) return invited;
      userIds.set(who, invited.user.userId);
      return partner.mutate('acceptInvitation', { token: invited.invitation.developmentToken });
    };

    for (let done = 0; done < COMMANDS; done += 20) await Promise.all(Array.from({ length: 20 }, command));

    const events = await log();
    expect(await breachesOf(asyncOf(events))).toEqual([]);
    for (const stream of [rosterStream(appId), contactsStream(appId)]) {
      const ofStream = events.filter((event) => event.stream === stream);
      expect(ofStream.map(({ revision }) => revision)).toEqual(ofStream.map((_, index) => index));
    }
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(Object.keys(answers)).toEqual(expect.arrayContaining(['LeaveAppSuccess', 'AssignContactsSuccess', 'RemoveUserSuccess', 'AcceptInvitationSuccess']));
    const end = events.at(-1)?.position ?? '';
    const lists = await Promise.all(owners.map((one) => one.read(USERS, { appId }, { 'x-min-position': end })));
    for (const list of lists) expect(list).toEqual(lists[0]);
  }, 120_000);

  it('accept an invitation once when it is accepted through all of them at the same time', async () => {
    const app = await GivenApp.register(replicas[0]!);
    const { person, token } = await app.invite('coach');
    const people = await everywhere(person.keapId);
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => people[index % REPLICAS]!.mutate('acceptInvitation', { token }, 'position user { userId }')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect((await log()).filter(({ type, stream }) => type === 'InvitationAccepted' && stream === rosterStream(app.appId))).toHaveLength(1);
  });

  it('record once that an invitation has expired', async () => {
    const app = await GivenApp.register(replicas[0]!);
    await app.invite('late');
    clock.pass(8 * DAY_MS);
    const memberships = replicas.map(({ running }) => running.membership);
    for (const { caughtUp } of memberships) expect(await caughtUp(10_000)).toBe(true);
    const lookedAt = await Promise.all(memberships.map(({ readModels, rosters }) => recordExpiredInvitations(readModels.userList, rosters)));
    expect(Math.min(...lookedAt)).toBeGreaterThan(0);
    const types = (await log()).filter(({ stream }) => stream === rosterStream(app.appId)).map(({ type }) => type);
    expect(types).toEqual(['AppRegistered', 'OwnerAdded', 'PersonBound', 'PartnerInvited', 'InvitationExpired']);
  });

  it('record once that an access review is due', async () => {
    const { appId, owner } = await GivenApp.register(replicas[0]!);
    const dueAt = new Date(Date.parse(clock.now()) + 2 * DAY_MS).toISOString();
    const { review: { reviewId } } = await owner.mutate('startAccessReview', { appId, dueAt }, 'review { reviewId }');
    clock.pass(DAY_MS);
    const memberships = replicas.map(({ running }) => running.membership);
    for (const { caughtUp } of memberships) expect(await caughtUp(10_000)).toBe(true);
    expect(memberships.map(({ readModels }) => readModels.accessReviews.toRemind(clock.now(), 10))).toEqual(memberships.map(() => [reviewId]));
    await Promise.all(memberships.map(({ readModels, accessReviews }) => recordDueReminders(readModels.accessReviews, accessReviews, clock)));
    expect((await log()).filter(({ stream }) => stream === reviewStream(reviewId)).map(({ type }) => type)).toEqual(['AccessReviewStarted', 'AccessReviewListed', 'AccessReviewReminded']);
  });

  it('execute a request with one idempotency key once, whichever of them receive it, concurrently or later', async () => {
    const { appId, owner } = await GivenApp.register(replicas[0]!);
    const owners = await everywhere(owner.keapId);
    const send = async (one: Person, role: string): Promise<Json> =>
      one.mutate('invitePartner', { appId, keapId: addressOf(appId, 'coach'), role, idempotencyKey: 'once' }, 'position user { userId } invitation { invitationId }');
    const answers = await Promise.all([...owners, ...owners].map(async (one) => send(one, 'STANDARD')));
    for (const one of owners) answers.push(await send(one, 'STANDARD'));
    expect(answers[0].__typename).toBe('InvitePartnerSuccess');
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect((await log()).filter(({ type, stream }) => type === 'PartnerInvited' && stream === rosterStream(appId))).toHaveLength(1);
    expect((await send(owners[1]!, 'ADMIN')).code).toBe('IDEMPOTENCY_KEY_REUSED');
  });
});

describe('a replica that is killed', () => {
  it('loses nothing and blocks nobody; the others complete what it left half done', async () => {
    const server = await EsdbServer.start();
    const directories = Array.from({ length: 2 }, temporaryDirectory);
    const env = { ...sharedStore(server), ...NO_LIMITS };
    const survivor = await startServiceProcess(directories[0]!.path, env);
    const operator = await survivor.as('operator@example.com', 'operator');
    await operator.mutate('registerApp', { appId: 'killed1', name: 'Killed', licences: 1, ownerKeapId: 'owner@example.com' });
    const owner = await survivor.as('owner@example.com');

    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      // The last one kills itself between the closing and the departure of somebody who leaves.
      const dying = await startDyingService(directories[1]!.path, 'AssigneeClosed', env);
      const through = await dying.as('owner@example.com');
      const invite = async (person: Person, count: number): Promise<void> => {
        const keapId = addressOf('killed', round, count);
        const answer = await person.mutate('invitePartner', { appId: 'killed1', keapId, role: 'STANDARD' });
        expect(answer.__typename).toBe('InvitePartnerSuccess');
        acknowledged.push(keapId);
      };
      if (round === 2) {
        const coach = await dying.as('coach@example.com');
        const { invitation } = await through.mutate('invitePartner', { appId: 'killed1', keapId: 'coach@example.com', role: 'STANDARD' }, 'invitation { developmentToken }');
        await coach.mutate('acceptInvitation', { token: invitation.developmentToken });
        await expect(coach.mutate('leaveApp', { appId: 'killed1', confirmAppId: 'killed1' })).rejects.toThrow();
      } else {
        const writes = Promise.allSettled(Array.from({ length: 30 }, (_, count) => invite(through, count)));
        await invite(owner, 100);
        dying.program.kill('SIGKILL');
        await invite(owner, 101);
        await writes;
      }
      expect(await dying.program.ended).toMatchObject({ signal: 'SIGKILL' });
      await invite(owner, 102);
    }

    const store = new EventStoreDbEventStore({ url: server.url });
    const departure = async (): Promise<boolean> => {
      for await (const { type } of store.readStream(rosterStream('killed1'), { backwards: true })) if (type === 'PartnerLeftApp') return true;
      return false;
    };
    while (!(await departure())) await pause(5);
    expect(await breachesOf(store.readAll())).toEqual([]);
    const { app } = await owner.read(USERS, { appId: 'killed1' });
    expect(app.users.nodes.map((node: Json) => node.keapId)).toEqual(expect.arrayContaining(acknowledged));
    await store.close();
    survivor.program.kill('SIGTERM');
    expect(await survivor.program.ended).toMatchObject({ code: 0 });
    await server.stop();
    for (const directory of directories) directory.remove();
  }, 120_000);
});

async function* asyncOf<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}

/** Whole numbers below a limit, the same ones in every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** A place that somebody reaches and waits at until it is opened. */
function gate(): { reached: Promise<void>; reach: () => void; opened: Promise<void>; open: () => void } {
  let reach = (): void => undefined;
  let open = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { reached, reach: () => { reach(); }, opened, open: () => { open(); } };
}
