import { AuditTrail } from '../../src/application/auditTrail';
import type { Caller } from '../../src/application/caller';
import { EmbeddedEventStore } from '../../src/eventstore/embeddedEventStore';
import { StoreUnavailable, type EventStore, type StoredEvent } from '../../src/eventstore/eventStore';
import { temporaryDirectory } from '../support/temporaryDirectory';

const auditor = (name: string): Caller => ({ actor: { personId: `person-${name}`, keapId: `${name}@example.com`, scopes: ['auditor'] }, keapId: `${name}@example.com`, name: null, request: { correlationId: `request of ${name}`, clientName: 'console' } });

describe('the trail of what auditors read', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let store: EmbeddedEventStore;
  let now: string;
  const clock = { now: () => now };
  beforeEach(() => {
    directory = temporaryDirectory();
    store = EmbeddedEventStore.open(directory.path);
    now = '2026-03-31T23:59:59.000Z';
  });
  afterEach(async () => {
    await store.close();
    directory.remove();
  });

  const recorded = async (stream: string, from: EventStore = store): Promise<StoredEvent[]> => {
    const events: StoredEvent[] = [];
    for await (const event of from.readStream(stream)) events.push(event);
    return events;
  };

  it('says who read what, with which filter, when, and on which request; personal data apart', async () => {
    await new AuditTrail(store, clock).record(auditor('audrey'), { read: 'membershipEvents', appId: 'gx624', filter: { types: ['PartnerInvited'], first: 10 }, keapId: 'ann@acme.com' });
    expect(await recorded('audit-2026-03')).toMatchObject([
      {
        type: 'AuditorRead', schemaVersion: 1, occurredAt: now, metadata: { actorId: 'person-audrey', correlationId: 'request of audrey', clientName: 'console' },
        data: { read: 'membershipEvents', appId: 'gx624', filter: { types: ['PartnerInvited'], first: 10 }, person: { keapId: 'ann@acme.com', name: null } },
      },
    ]);
  });

  it('has a stream a month, in which time does not go back', async () => {
    const trail = new AuditTrail(store, clock);
    await trail.record(auditor('a'), { read: 'apps', appId: null, filter: {} });
    now = '2026-03-31T23:59:58.000Z';
    await trail.record(auditor('b'), { read: 'apps', appId: null, filter: {} });
    now = '2026-04-01T00:00:00.000Z';
    await trail.record(auditor('c'), { read: 'apps', appId: null, filter: {} });
    expect((await recorded('audit-2026-03')).map(({ occurredAt, metadata }) => [occurredAt, metadata.actorId])).toEqual([['2026-03-31T23:59:59.000Z', 'person-a'], ['2026-03-31T23:59:59.000Z', 'person-b']]);
    expect((await recorded('audit-2026-04')).map(({ occurredAt, metadata }) => [occurredAt, metadata.actorId])).toEqual([['2026-04-01T00:00:00.000Z', 'person-c']]);
  });

  it('loses nothing and writes nothing twice when many read at once, on several replicas', async () => {
    const replicas = [new AuditTrail(store, clock), new AuditTrail(store, clock), new AuditTrail(store, clock)];
    const names = Array.from({ length: 300 }, (_, index) => `auditor ${index}`);
    await Promise.all(names.map((name, index) => replicas[index % replicas.length]!.record(auditor(name), { read: 'apps', appId: null, filter: {} })));
    const actors = (await recorded('audit-2026-03')).map(({ metadata }) => metadata.actorId);
    expect([...actors].sort()).toEqual(names.map((name) => `person-${name}`).sort());
    expect(store.statistics.appends).toBeLessThan(100);
  });

  it('settles after the read stands in the log, and fails where it cannot be written', async () => {
    const trail = new AuditTrail(store, clock);
    const reading = trail.record(auditor('a'), { read: 'apps', appId: null, filter: {} }).then(() => store.statistics.appends);
    expect(store.statistics.appends).toBe(0);
    expect(await reading).toBe(1);
    await store.close();
    await expect(trail.record(auditor('b'), { read: 'apps', appId: null, filter: {} })).rejects.toThrow(StoreUnavailable);
    store = EmbeddedEventStore.open(directory.path);
    await new AuditTrail(store, clock).record(auditor('c'), { read: 'apps', appId: null, filter: {} });
    expect((await recorded('audit-2026-03')).map(({ metadata }) => metadata.actorId)).toEqual(['person-a', 'person-c']);
  });

  it('refuses more than it can hold, and goes on after that', async () => {
    const trail = new AuditTrail(store, clock);
    const results = await Promise.allSettled(Array.from({ length: 10_100 }, () => trail.record(auditor('a'), { read: 'apps', appId: null, filter: {} })));
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(100);
    await trail.record(auditor('b'), { read: 'apps', appId: null, filter: {} });
    expect(await recorded('audit-2026-03')).toHaveLength(10_100 - refused.length + 1);
  });
});
