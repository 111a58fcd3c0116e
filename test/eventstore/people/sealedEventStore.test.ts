import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedEventStore } from '../../../src/eventstore/embedded/store';
import { EmbeddedKeyStore } from '../../../src/eventstore/embedded/keyStore';
import { NO_STREAM, type StoredEvent } from '../../../src/eventstore/eventStore';
import { EventStoreDbEventStore } from '../../../src/eventstore/eventStoreDb/store';
import { EventStoreDbKeyStore } from '../../../src/eventstore/eventStoreDb/keyStore';
import { openPerson, type SealedPerson } from '../../../src/eventstore/people/envelope';
import { PersonKeys } from '../../../src/eventstore/people/keys';
import { SealedEventStore } from '../../../src/eventstore/people/sealedEventStore';
import { EsdbServer } from '../../support/esdb/esdbServer';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';
import { eventStoreContract } from '../eventStoreContract';
import { collect, newStream, rejection, sampleEvent } from '../sampleEvents';

const SECRET_KEY = Buffer.alloc(32, 5);
const normalized = (address: string): string => address.trim().toLowerCase();
const openSealed = (path: string, secretKey = SECRET_KEY, mostCached?: number): { store: SealedEventStore<EmbeddedEventStore>; keys: PersonKeys } => {
  const keys = new PersonKeys(EmbeddedKeyStore.open(path), { current: secretKey }, normalized, mostCached);
  return { store: new SealedEventStore(EmbeddedEventStore.open(path), keys), keys };
};

eventStoreContract('the embedded store with sealed people', () => {
  const directory = temporaryDirectory();
  let { store } = openSealed(directory.path);
  return Promise.resolve({
    store,
    reopen: async () => {
      await store.close();
      ({ store } = openSealed(directory.path));
      return store;
    },
    dispose: async () => {
      await store.close();
      directory.remove();
    },
  });
});

eventStoreContract('EventStoreDB with sealed people', async () => {
  const server = await EsdbServer.start();
  const open = (): SealedEventStore<EventStoreDbEventStore> =>
    new SealedEventStore(new EventStoreDbEventStore({ url: server.url }), new PersonKeys(new EventStoreDbKeyStore({ url: server.url }), { current: SECRET_KEY }, normalized));
  let store = open();
  return {
    store,
    reopen: async () => {
      await store.close();
      store = open();
      return store;
    },
    dispose: async () => {
      await store.close();
      await server.stop();
    },
  };
});

describe('a log with encrypted personal data', () => {
  const carla = { keapId: 'Carla@Coach.example', name: 'Carla Coach' };
  let directory: TemporaryDirectory;
  let opened: { store: SealedEventStore<EmbeddedEventStore>; keys: PersonKeys };
  beforeEach(() => {
    directory = temporaryDirectory();
    opened = openSealed(directory.path);
  });
  afterEach(async () => {
    await opened.store.close();
    directory.remove();
  });

  const append = async (person: { keapId: string; name: string | null }, stream = newStream()): Promise<StoredEvent> => {
    await opened.store.append(stream, [sampleEvent({ userId: 'u1', person })], NO_STREAM);
    const [event] = await collect(opened.store.readStream(stream));
    if (!event) throw new Error('there is no event');
    return event;
  };
  const bytes = (): string => ['events.db', 'events.db-wal', 'keys.db', 'keys.db-wal'].map((file) => readFileSync(join(directory.path, file), 'latin1')).join('');
  const erase = async (...addresses: string[]): Promise<number> => (await opened.keys.erase(await opened.keys.idsOf(addresses.map(normalized)))).number;

  it('returns plain text, and stores none', async () => {
    const event = await append(carla);
    expect(event.data).toEqual({ userId: 'u1', person: carla });
    expect(JSON.parse(event.dataJson)).toEqual({ userId: 'u1', person: { key: expect.stringMatching(/^[0-9a-f]{32}$/), sealed: expect.any(String) } });
    expect(bytes()).not.toMatch(/carla|coach/i);
  });

  it('seals texts about a person with their key, and who acted with the key of the actor', async () => {
    const stream = newStream();
    const actor = { keapId: 'ada@admin.example', name: 'Ada', clientAddress: '203.0.113.0/24', clientName: 'console' };
    const event = sampleEvent({ userId: 'u1', reason: 'Ticket 4711', removal: { reason: 'Moved away', leaveId: 'l1' }, note: null, other: 'plain' });
    const about = { keapId: carla.keapId, paths: ['reason', 'removal.reason', 'note', 'missing'] };
    await opened.store.append(stream, [{ ...event, about, metadata: { ...event.metadata, actor } }], NO_STREAM);
    const [read] = await collect(opened.store.readStream(stream));
    expect(read?.data).toEqual({ userId: 'u1', reason: 'Ticket 4711', removal: { reason: 'Moved away', leaveId: 'l1' }, note: null, other: 'plain' });
    expect(read?.metadata.actor).toEqual({ key: expect.stringMatching(/^[0-9a-f]{32}$/), sealed: expect.any(String) });
    expect(bytes()).not.toMatch(/Ticket|Moved|Ada|203\.0\.113|console/);
    const [stored] = await collect(opened.store.inner.readStream(stream));
    expect(await opened.store.disclose(stored!)).toEqual({
      person: null,
      texts: { content: { reason: 'Ticket 4711', 'removal.reason': 'Moved away' }, eventKey: expect.any(Buffer) },
      actor: { content: actor, eventKey: expect.any(Buffer) },
    });
    await erase(carla.keapId);
    expect((await collect(opened.store.readStream(stream)))[0]?.data).toMatchObject({ reason: 'erased with person #1', removal: { reason: 'erased with person #1', leaveId: 'l1' } });
    expect(await opened.store.disclose(stored!)).toMatchObject({ texts: { content: { reason: 'erased with person #1' }, eventKey: null }, actor: { content: actor } });
    await erase(actor.keapId);
    expect((await opened.store.disclose(stored!)).actor).toEqual({ content: { keapId: 'erased person #2', name: null }, eventKey: null });
  });

  it('opens the actor with no key of a name, and an envelope in no other place', async () => {
    const stream = newStream();
    const event = sampleEvent({ person: carla, reason: 'Ticket 4711' });
    await opened.store.append(stream, [{ ...event, about: { keapId: carla.keapId, paths: ['reason'] }, metadata: { ...event.metadata, actor: carla } }], NO_STREAM);
    const [stored] = await collect(opened.store.inner.readStream(stream));
    const { person, texts, actor } = await opened.store.disclose(stored!);
    const { person: ofPerson, reason } = stored!.data as unknown as Readonly<Record<'person' | 'reason', SealedPerson>>;
    const ofActor = stored!.metadata.actor as SealedPerson;
    expect(openPerson(reason, texts!.eventKey!, event.id, 'reason')).toEqual({ text: 'Ticket 4711' });
    expect(openPerson(ofActor, actor!.eventKey!, event.id, 'actor')).toEqual(carla);
    expect(() => openPerson(ofActor, person!.eventKey!, event.id, 'actor')).toThrow();
    expect(() => openPerson(ofPerson, person!.eventKey!, event.id, 'reason')).toThrow();
    expect(() => openPerson(reason, texts!.eventKey!, event.id, 'removalReason')).toThrow();
  });

  it('uses one key for all spellings of an address, and no nonce twice', async () => {
    const stored = [await append(carla), await append({ ...carla, keapId: 'carla@coach.EXAMPLE ' })].map(({ dataJson }) => JSON.parse(dataJson).person);
    expect(stored[0].key).toBe(stored[1].key);
    expect(stored[0].sealed.slice(0, 16)).not.toBe(stored[1].sealed.slice(0, 16));
  });

  it('shows an erased person under a fixed number, and everybody else unchanged', async () => {
    const stream = newStream();
    const { dataJson, hash } = await append(carla, stream);
    const other = await append({ keapId: 'other@coach.example', name: null });
    expect(await erase('carla@coach.example')).toBe(1);
    const [erased] = await collect(opened.store.readStream(stream));
    expect(erased).toMatchObject({ data: { userId: 'u1', person: { keapId: 'erased person #1', name: null } }, dataJson, hash });
    expect(await collect(opened.store.readStream(other.stream))).toEqual([other]);
    expect(await erase('carla@coach.example')).toBe(1);
  });

  it('gives a person who returns a new key', async () => {
    const before = await append(carla);
    await erase(carla.keapId);
    const after = await append(carla);
    expect(after.data['person']).toEqual(carla);
    expect(JSON.parse(after.dataJson).person.key).not.toBe(JSON.parse(before.dataJson).person.key);
    expect(await erase(carla.keapId)).toBe(2);
    const people = (await collect(opened.store.readAll())).map(({ data }) => data['person']);
    expect(people).toEqual([{ keapId: 'erased person #1', name: null }, { keapId: 'erased person #2', name: null }]);
  });

  it('erases several addresses as one person', async () => {
    await append(carla);
    await append({ keapId: 'carla@home.example', name: 'Carla' });
    await erase(carla.keapId, 'carla@home.example');
    expect((await collect(opened.store.readAll())).map(({ data }) => data['person'])).toEqual(Array(2).fill({ keapId: 'erased person #1', name: null }));
  });

  it('reads events that were stored in plain text', async () => {
    const stream = newStream();
    await opened.store.inner.append(stream, [sampleEvent({ person: carla })], NO_STREAM);
    expect((await collect(opened.store.readStream(stream)))[0]?.data).toEqual({ person: carla });
  });

  it('has no id that can be derived from an address without SECRET_KEY', async () => {
    const { dataJson } = await append(carla);
    const address = normalized(carla.keapId);
    const id: string = JSON.parse(dataJson).person.key;
    const guesses = [address, carla.keapId, `0 ${address}`].flatMap((text) =>
      ['md5', 'sha1', 'sha256', 'sha512'].flatMap((hash) => [createHash(hash).update(text).digest('hex'), createHmac(hash, '').update(text).digest('hex'), createHmac(hash, Buffer.alloc(32)).update(text).digest('hex')]));
    expect(guesses.filter((guess) => guess.includes(id) || bytes().includes(guess))).toEqual([]);
    const elsewhere = temporaryDirectory();
    const other = new PersonKeys(EmbeddedKeyStore.open(elsewhere.path), { current: randomBytes(32) }, normalized);
    expect((await other.sealingKey(address)).id).not.toBe(id);
    await other.close();
    elsewhere.remove();
  });

  it('reports a wrong SECRET_KEY and a missing key', async () => {
    await append(carla);
    await opened.store.close();
    opened = openSealed(directory.path, Buffer.alloc(32, 6));
    expect(await rejection(opened.keys.check())).toMatchObject({ name: 'KeysUnreadable', message: expect.stringContaining('SECRET_KEY is not the one') });
    expect(await rejection(collect(opened.store.readAll()))).toMatchObject({ name: 'KeysUnreadable' });
    await opened.store.close();
    const elsewhere = temporaryDirectory();
    opened = { keys: opened.keys, store: new SealedEventStore(EmbeddedEventStore.open(directory.path), new PersonKeys(EmbeddedKeyStore.open(elsewhere.path), { current: SECRET_KEY }, normalized)) };
    expect(await rejection(collect(opened.store.readAll()))).toMatchObject({ name: 'KeysUnreadable', message: expect.stringContaining('is missing') });
    elsewhere.remove();
  });

  it('detects an envelope that was changed or moved to another event', async () => {
    const { data } = await append(carla);
    const { dataJson } = (await collect(opened.store.inner.readAll()))[0] ?? { dataJson: '' };
    expect(data['person']).toEqual(carla);
    await opened.store.inner.append(newStream(), [sampleEvent(JSON.parse(dataJson))], NO_STREAM);
    expect(await rejection(collect(opened.store.readAll()))).toMatchObject({ message: expect.stringContaining('cannot be opened') });
  });

  it('keeps a bounded number of keys in memory', async () => {
    await opened.store.close();
    opened = openSealed(directory.path, SECRET_KEY, 10);
    for (let index = 0; index < 60; index += 1) await append({ keapId: `p${index}@coach.example`, name: null });
    expect(await collect(opened.store.readAll())).toHaveLength(60);
    expect(opened.keys.cached).toBeLessThanOrEqual(20);
    expect((await collect(opened.store.readAll())).map(({ data }) => data['person'])).toEqual(Array.from({ length: 60 }, (_, index) => ({ keapId: `p${index}@coach.example`, name: null })));
  });

  it('creates one key for an address that many appends need at once', async () => {
    const events = Array.from({ length: 50 }, () => append(carla));
    expect(new Set((await Promise.all(events)).map(({ dataJson }) => JSON.parse(dataJson).person.key)).size).toBe(1);
  });
});
