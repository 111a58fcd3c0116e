import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { breachesOf } from '../support/membershipInvariants';
import { startDyingService, startServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import type { Person } from '../support/person';

const APP = 'crash1';

describe('a process that is killed between closing the assignee and the departure', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory.remove());

  it('has its departure completed once at the next start, with the original actor', async () => {
    const dying = await startDyingService(directory.path, 'AssigneeClosed');
    const operator = await dying.as('operator@example.com', 'operator');
    await operator.mutate('registerApp', { appId: APP, name: 'Crash', licences: 1, ownerKeapId: 'owner@example.com' });
    const owner = await dying.as('owner@example.com');
    const coach = await dying.as('coach@example.com');
    const { invitation } = await owner.mutate('invitePartner', { appId: APP, keapId: 'coach@example.com', role: 'STANDARD' }, 'invitation { developmentToken }');
    await coach.mutate('acceptInvitation', { token: invitation.developmentToken });
    await expect(coach.mutate('leaveApp', { appId: APP, confirmAppId: APP })).rejects.toThrow();
    expect(await dying.program.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(typesIn(await logOf(directory.path)).slice(-1)).toEqual(['AssigneeClosed']);

    const next = await startServiceProcess(directory.path);
    const after = await next.as('owner@example.com');
    await untilGone(after);
    next.program.kill('SIGTERM');
    expect(await next.program.ended).toMatchObject({ code: 0 });

    const log = await logOf(directory.path);
    const departures = log.filter(({ type, stream }) => type === 'PartnerLeftApp' && stream === `app-${APP}`);
    const closing = log.find(({ type }) => type === 'AssigneeClosed');
    expect(departures).toHaveLength(1);
    expect(departures[0]?.data['leaveId']).toBe(closing?.data['leaveId']);
    expect(departures[0]?.metadata.actorId).toBe(closing?.metadata.actorId);
    expect(await breachesOf(logIn(directory.path))).toEqual([]);
  }, 60_000);
});

/** Asks until the list holds nobody but the owner; the test's own time limit ends it. */
async function untilGone(owner: Person): Promise<void> {
  for (;;) {
    const { app } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { keapId } } } }', { appId: APP });
    if (app.users.nodes.length === 1) return;
  }
}

const typesIn = (log: readonly StoredEvent[]): string[] => log.map(({ type }) => type);

async function logOf(dataDir: string): Promise<StoredEvent[]> {
  const log: StoredEvent[] = [];
  for await (const event of logIn(dataDir)) log.push(event);
  return log;
}

async function* logIn(dataDir: string): AsyncIterable<StoredEvent> {
  const store = EmbeddedEventStore.open(dataDir, { readOnly: true });
  try {
    yield* store.readAll();
  } finally {
    await store.close();
  }
}
