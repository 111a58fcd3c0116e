import { type Caller, type Clock, systemCaller } from '../../../src/application/commandTypes';
import { type CommandRun, newRun, toAppend } from '../../../src/application/handling/append';
import { RosterHandler } from '../../../src/application/handling/roster';
import { RosterCache } from '../../../src/application/handling/rosterCache';
import type { RosterResult } from '../../../src/application/handling/rosterRound';
import { DomainError } from '../../../src/domain/domainError';
import type { RosterEvent } from '../../../src/domain/events';
import type { RosterCommand } from '../../../src/domain/roster/decide';
import { rosterStream } from '../../../src/domain/streams';
import { EmbeddedEventStore } from '../../../src/eventstore/embedded/store';
import { type AppendResult, type EventStore, type EventToAppend, StoreUnavailable, WrongExpectedRevision } from '../../../src/eventstore/eventStore';
import { temporaryDirectory } from '../../support/temporaryDirectory';

const directory = temporaryDirectory();
const log = EmbeddedEventStore.open(directory.path);
const clock: Clock = { now: () => '2030-01-01T12:00:00.000Z' };
const STREAM = rosterStream('gx624');
const OPERATOR: Caller = { ...systemCaller('operator'), actor: { personId: 'operator', keapId: null, scopes: ['operator'], system: true } };

/** The log, with the sizes of the appends, and what is to go wrong with the next ones. */
let appends: number[] = [];
/** The licences that the next such command sets, which nobody has set before. */
let gates = 900;
let failures: ((events: readonly EventToAppend[]) => Error | null)[] = [];
const store: EventStore = {
  append: async (stream, events, expectedRevision): Promise<AppendResult> => {
    const failure = failures.shift()?.(events) ?? null;
    if (failure !== null) throw failure;
    appends.push(events.length);
    return log.append(stream, events, expectedRevision);
  },
  readStream: (...given) => log.readStream(...given),
  readAll: (...given) => log.readAll(...given),
  subscribeAll: (...given) => log.subscribeAll(...given),
  close: () => Promise.resolve(),
};
const rosters = new RosterHandler(store, clock, new RosterCache(store));

const handle = (command: RosterCommand, run: Partial<CommandRun> = {}): Promise<RosterResult> => rosters.handle('gx624', command, { ...newRun(OPERATOR), ...run });
const licences = (number: number, run?: Partial<CommandRun>): Promise<RosterResult> => handle({ type: 'SetLicences', licences: number }, run);
/** Lets all commands wait until another one, which is alone in its round, has ended. */
const together = async (...commands: (() => Promise<RosterResult>)[]): Promise<readonly PromiseSettledResult<RosterResult>[]> => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => { open = resolve; });
  const first = licences((gates += 1), { keyed: true, beforeWriting: () => opened });
  const rest = Promise.allSettled(commands.map((command) => command()));
  open();
  await first;
  appends = [];
  return rest;
};
const stored = async (): Promise<readonly { readonly position: string; readonly data: unknown }[]> => {
  const events = [];
  for await (const event of log.readStream(STREAM)) events.push(event);
  return events;
};
const licencesAfter = async (count: number): Promise<readonly unknown[]> => (await stored()).slice(-count).map(({ data }) => (data as { licences: number }).licences);

beforeAll(async () => {
  await handle({ type: 'RegisterApp', appId: 'gx624', name: 'Keap Pro Recording', url: 'https://gx624.example', licences: 1, ownerKeapId: 'owner@example.com', ownerName: null, newUserId: '11111111-1111-5111-8111-111111111111' });
});
beforeEach(() => {
  appends = [];
  failures = [];
});
afterAll(async () => {
  await log.close();
  directory.remove();
});

describe('commands that wait for the same app', () => {
  it('append their events together, and each is answered with the position of its own', async () => {
    const results = await together(...[11, 12, 13].map((number) => () => licences(number)));
    const events = (await stored()).slice(-3);
    expect(events.map(({ data }) => data)).toEqual([11, 12, 13].map((number) => ({ licences: number })));
    expect(results.map((result) => result.status === 'fulfilled' && result.value.position)).toEqual(events.map(({ position }) => position));
    expect(appends).toEqual([3]);
  });

  it('are decided in their order, each on what those before it change', async () => {
    const results = await together(() => licences(21), () => licences(21), () => licences(22), () => licences(21));
    expect(results.map((result) => result.status === 'fulfilled' && result.value.events.length)).toEqual([1, 0, 1, 1]);
    expect(await licencesAfter(3)).toEqual([21, 22, 21]);
  });

  it('are refused only by what is stored', async () => {
    failures = [() => null, () => new StoreUnavailable('the disk is full')];
    const [raised, refused] = await together(() => licences(31), () => handle({ type: 'SetLicences', licences: -1 }));
    expect(raised).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) });
    expect(refused).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) });
    const [, refusedAlone] = await together(() => licences(32), () => handle({ type: 'SetLicences', licences: -1 }));
    expect(refusedAlone).toMatchObject({ status: 'rejected', reason: expect.any(DomainError) });
  });

  it('are decided again when another process was first', async () => {
    failures = [() => null, () => new WrongExpectedRevision(STREAM, 0, 1)];
    const results = await together(() => licences(41), () => licences(42));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(await licencesAfter(2)).toEqual([41, 42]);
  });

  it('do not fail because of one of them', async () => {
    const tooLarge = (events: readonly EventToAppend[]): Error | null => (events.some(({ data }) => data['licences'] === 52) ? new RangeError('the append is too large') : null);
    failures = [() => null, tooLarge, tooLarge, tooLarge, tooLarge];
    const results = await together(() => licences(51), () => licences(52), () => licences(53));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await licencesAfter(2)).toEqual([51, 53]);
  });

  it('leave out one whose key another request holds', async () => {
    const results = await together(() => licences(61), () => licences(62, { keyed: true, beforeWriting: () => Promise.reject(new Error('claimed by another request')) }), () => licences(63));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await licencesAfter(2)).toEqual([61, 63]);
  });

  it('write once what comes twice under the same key', async () => {
    const key = { keyed: true, commandId: '22222222-2222-4222-8222-222222222222' };
    const [first, second] = await together(() => licences(71, key), () => licences(71, key));
    const last = (await stored()).at(-1);
    expect(first).toMatchObject({ status: 'fulfilled', value: { position: last?.position, earlier: null } });
    expect(second).toMatchObject({ status: 'fulfilled', value: { position: last?.position, earlier: { position: last?.position } } });
    expect(await licencesAfter(2)).toEqual([gates, 71]);
  });

  it('take what is not stored yet for later than all that is', async () => {
    const [owner, later, earlier] = ['1', '2', '3'].map((digit) => digit.repeat(8) + '-1111-5111-8111-111111111111') as [string, string, string];
    const person = { keapId: 'coach@agency.example', name: null };
    const invited = (userId: string): RosterEvent => ({ type: 'PartnerInvited', data: { userId, invitationId: userId, role: 'STANDARD', expiresAt: '2030-02-01T00:00:00.000Z', tokenHash: null, sendCount: 1, invitedBy: owner, reason: null, person } });
    const events: readonly RosterEvent[] = [{ type: 'PersonBound', data: { userId: owner, personId: 'owner' } }, invited(later), invited(earlier), { type: 'InvitationRevoked', data: { userId: earlier, invitationId: earlier } }];
    const time = { occurredAt: clock.now(), decidedAt: clock.now() };
    await log.append(STREAM, toAppend(events, newRun(OPERATOR), time), (await stored()).length - 1);
    const admin: Caller = { ...OPERATOR, actor: { personId: 'owner', keapId: null, scopes: [] } };
    // The address was of both. Whoever was in the app last is appointed.
    const results = await together(() => handle({ type: 'RevokeInvitation', invitationId: later }, { caller: admin }), () => handle({ type: 'AppointAdmin', keapId: person.keapId, name: null, reason: 'nobody else is left', boundPersonId: null, newUserId: '44444444-1111-5111-8111-111111111111' }));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(appends).toEqual([2]);
    expect((await stored()).at(-1)?.data).toMatchObject({ userId: later });
  });

  it('are taken 64 at a time', async () => {
    await together(...Array.from({ length: 100 }, (_, number) => () => licences(100 + number)));
    expect(appends).toEqual([64, 36]);
    expect(await licencesAfter(100)).toEqual(Array.from({ length: 100 }, (_, number) => 100 + number));
  });
});
