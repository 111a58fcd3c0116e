import { AuditTrail } from '../../../src/application/history/auditTrail';
import type { Caller } from '../../../src/application/commandTypes';
import { EmbeddedEventStore } from '../../../src/eventstore/embedded/store';
import { StoreUnavailable, type EventStore, type StoredEvent } from '../../../src/eventstore/eventStore';
import { temporaryDirectory } from '../../support/temporaryDirectory';

const auditor = (name: string): Caller => ({ actor: { personId: `person-${name}`, keapId: `${name}@example.com`, scopes: ['auditor'] }, keapId: `${name}@example.com`, name: null, issuedAt: null, request: { correlationId: `request of ${name}`, clientName: 'console' } });

describe('the audit trail', () => {
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

  it('records who read what, with which filter, when and in which request, and keeps personal data apart', async () => {
    await new AuditTrail(store, clock, store).record(auditor('audrey'), { read: 'membershipEvents', appId: 'gx624', filter: { types: ['PartnerInvited'], first: 10 }, keapId: 'ann@acme.com' });
    expect(await recorded('audit-2026-03')).toMatchObject([
      {
        type: 'AuditorRead', schemaVersion: 1, occurredAt: now, metadata: { actorId: 'person-audrey', correlationId: 'request of audrey', actor: { keapId: 'audrey@example.com', clientName: 'console' } },
        data: { read: 'membershipEvents', appId: 'gx624', filter: { types: ['PartnerInvited'], first: 10 }, person: { keapId: 'ann@acme.com', name: null } },
      },
    ]);
  });

  it('has one stream per month, in which time does not go back', async () => {
    const trail = new AuditTrail(store, clock, store);
    await trail.record(auditor('a'), { read: 'apps', appId: null, filter: {} });
    now = '2026-03-31T23:59:58.000Z';
    await trail.record(auditor('b'), { read: 'apps', appId: null, filter: {} });
    now = '2026-04-01T00:00:00.000Z';
    await trail.record(auditor('c'), { read: 'apps', appId: null, filter: {} });
    expect((await recorded('audit-2026-03')).map(({ occurredAt, metadata }) => [occurredAt, metadata.actorId])).toEqual([['2026-03-31T23:59:59.000Z', 'person-a'], ['2026-03-31T23:59:59.000Z', 'person-b']]);
    expect((await recorded('audit-2026-04')).map(({ occurredAt, metadata }) => [occurredAt, metadata.actorId])).toEqual([['2026-04-01T00:00:00.000Z', 'person-c']]);
  });

  it('records concurrent reads on several replicas exactly once', async () => {
    const replicas = [new AuditTrail(store, clock, store), new AuditTrail(store, clock, store), new AuditTrail(store, clock, store)];
    const names = Array.from({ length: 300 }, (_, index) => `auditor ${index}`);
    await Promise.all(names.map((name, index) => replicas[index % replicas.length]!.record(auditor(name), { read: 'apps', appId: null, filter: {} })));
    const actors = (await recorded('audit-2026-03')).map(({ metadata }) => metadata.actorId);
    expect([...actors].sort()).toEqual(names.map((name) => `person-${name}`).sort());
    expect(store.statistics.appends).toBeLessThan(100);
  });

  it('settles after the read is in the log, and fails when the log cannot be written', async () => {
    const trail = new AuditTrail(store, clock, store);
    const reading = trail.record(auditor('a'), { read: 'apps', appId: null, filter: {} }).then(() => store.statistics.appends);
    expect(store.statistics.appends).toBe(0);
    expect(await reading).toBe(1);
    await store.close();
    await expect(trail.record(auditor('b'), { read: 'apps', appId: null, filter: {} })).rejects.toThrow(StoreUnavailable);
    store = EmbeddedEventStore.open(directory.path);
    await new AuditTrail(store, clock, store).record(auditor('c'), { read: 'apps', appId: null, filter: {} });
    expect((await recorded('audit-2026-03')).map(({ metadata }) => metadata.actorId)).toEqual(['person-a', 'person-c']);
  });

  it('refuses reads beyond its limit, and continues afterwards', async () => {
    const trail = new AuditTrail(store, clock, store);
    const results = await Promise.allSettled(Array.from({ length: 10_100 }, () => trail.record(auditor('a'), { read: 'apps', appId: null, filter: {} })));
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(100);
    await trail.record(auditor('b'), { read: 'apps', appId: null, filter: {} });
    expect(await recorded('audit-2026-03')).toHaveLength(10_100 - refused.length + 1);
  });
});
