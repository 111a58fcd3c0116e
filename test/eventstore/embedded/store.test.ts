import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { EmbeddedEventStore } from '../../../src/eventstore/embedded/store';
import { eventHash, FIRST_PREVIOUS_HASH, canonicalJson } from '../../../src/eventstore/eventHash';
import { NO_STREAM, START, StoreUnavailable, WrongExpectedRevision } from '../../../src/eventstore/eventStore';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';
import { childPrograms, type ChildPrograms } from '../childProgram';
import { eventStoreContract } from '../eventStoreContract';
import { collect, idsOf, newStream, rejection, sampleEvent, sampleEvents } from '../sampleEvents';

eventStoreContract('the embedded store', () => {
  const directory = temporaryDirectory();
  let store = EmbeddedEventStore.open(directory.path);
  return Promise.resolve({
    store,
    reopen: async () => {
      await store.close();
      store = EmbeddedEventStore.open(directory.path);
      return store;
    },
    dispose: async () => {
      await store.close();
      directory.remove();
    },
  });
});

describe('the embedded store', () => {
  let directory: TemporaryDirectory;
  let opened: EmbeddedEventStore[];

  const open = (readOnly = false): EmbeddedEventStore => {
    const store = EmbeddedEventStore.open(join(directory.path, 'data'), { readOnly });
    opened.push(store);
    return store;
  };
  const file = (): string => join(directory.path, 'data', 'events.db');

  beforeEach(() => {
    directory = temporaryDirectory();
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((store) => store.close()));
    directory.remove();
  });

  describe('group commit', () => {
    it('puts simultaneous appends into one transaction', async () => {
      const store = open();
      await Promise.all(Array.from({ length: 64 }, () => store.append(newStream(), sampleEvents(2), NO_STREAM)));
      expect(store.statistics).toEqual({ appends: 64, commits: 1 });
      await Promise.all(Array.from({ length: 64 }, () => store.append(newStream(), sampleEvents(2), 5).catch(() => null)));
      expect(store.statistics).toEqual({ appends: 64, commits: 1 });
    });

    it('limits the number of waiting appends', async () => {
      const store = open();
      const answers = await Promise.allSettled(Array.from({ length: 10_003 }, () => store.append('refused', [sampleEvent()], 5)));
      const reasons = answers.map((answer): unknown => (answer.status === 'rejected' ? answer.reason : null));
      expect(reasons.filter((reason) => reason instanceof WrongExpectedRevision)).toHaveLength(10_000);
      expect(reasons.slice(10_000).every((reason) => reason instanceof StoreUnavailable && /send this one again/.test(reason.message))).toBe(true);
      expect((await store.append('taken', [sampleEvent()], NO_STREAM)).revision).toBe(0);
    });

    it('limits the bytes of waiting appends', async () => {
      const store = open();
      const text = 'x'.repeat(1_000_000);
      const answers = await Promise.allSettled(Array.from({ length: 270 }, () => store.append('refused', [sampleEvent({ text })], 5)));
      const unavailable = answers.filter((answer) => answer.status === 'rejected' && answer.reason instanceof StoreUnavailable);
      expect(unavailable.length).toBeGreaterThan(0);
      expect(unavailable.length).toBeLessThan(10);
      expect((await store.append('taken', [sampleEvent({ text })], NO_STREAM)).revision).toBe(0);
    });

    it('throws StoreUnavailable while the file cannot be written, and continues once it can', async () => {
      const store = open();
      const other = new Database(file());
      other.exec('BEGIN IMMEDIATE');
      const stream = newStream();
      const events = sampleEvents(2);
      const failed = await Promise.all([rejection(store.append(stream, events, NO_STREAM)), rejection(store.append(newStream(), [sampleEvent()], NO_STREAM))]);
      other.exec('ROLLBACK');
      other.close();
      expect(failed.every((error) => error instanceof StoreUnavailable)).toBe(true);
      expect(await collect(store.readAll())).toEqual([]);
      expect((await store.append(stream, events, NO_STREAM)).revision).toBe(1);
    });
  });

  it('writes nothing of a group in which the database fails, and continues afterwards', async () => {
    const store = open();
    const other = new Database(file());
    other.exec("CREATE TRIGGER poison BEFORE INSERT ON events WHEN NEW.type = 'Poison' BEGIN SELECT RAISE(ABORT, 'no'); END");
    const neighbours = [sampleEvent(), sampleEvent()];
    const poisoned = [sampleEvent(), sampleEvent({}, { type: 'Poison' })];
    const failed = await Promise.all([
      rejection(store.append('one', neighbours, NO_STREAM)),
      rejection(store.append('two', poisoned, NO_STREAM)),
      rejection(store.append('three', sampleEvents(2), NO_STREAM)),
    ]);
    expect(failed.every((error) => error instanceof StoreUnavailable)).toBe(true);
    expect(await collect(store.readAll())).toEqual([]);
    other.exec('DROP TRIGGER poison');
    other.close();
    expect((await store.append('one', neighbours, NO_STREAM)).revision).toBe(1);
    expect((await store.append('two', poisoned, NO_STREAM)).revision).toBe(1);
    expect(await collect(store.readAll())).toHaveLength(4);
  });

  describe('ids', () => {
    it('are refused in a second stream, and nothing of that append is written', async () => {
      const store = open();
      const event = sampleEvent();
      await store.append('one', [event], NO_STREAM);
      const [single, several, neighbour] = await Promise.allSettled([
        store.append('two', [event], NO_STREAM),
        store.append('three', [sampleEvent(), event], NO_STREAM),
        store.append('four', sampleEvents(2), NO_STREAM),
      ]);
      expect([single.status, several.status, neighbour.status]).toEqual(['rejected', 'rejected', 'fulfilled']);
      await expect(store.append('two', [event], NO_STREAM)).rejects.toThrow(/is already used in one at revision 0/);
      expect((await collect(store.readAll())).map((stored) => stored.stream)).toEqual(['one', 'four', 'four']);
    });

    it('are refused at another revision of their stream', async () => {
      const store = open();
      const event = sampleEvent();
      await store.append('one', [event, sampleEvent()], NO_STREAM);
      await expect(store.append('one', [sampleEvent(), event], 1)).rejects.toThrow(WrongExpectedRevision);
      expect(await collect(store.readStream('one'))).toHaveLength(2);
    });
  });

  describe('opening', () => {
    it('creates a directory and a file that only their owner may read', () => {
      open();
      const mode = (path: string): number => statSync(path).mode & 0o777;
      expect(mode(join(directory.path, 'data'))).toBe(0o700);
      expect([mode(file()), mode(`${file()}-wal`)]).toEqual([0o600, 0o600]);
    });

    it('keeps the log id when the file is opened again', async () => {
      const store = open();
      expect(store.storeId).toMatch(/^[0-9a-f-]{36}$/);
      expect(store.isOpen).toBe(true);
      await store.close();
      expect(store.isOpen).toBe(false);
      expect(open().storeId).toBe(store.storeId);
      const elsewhere = EmbeddedEventStore.open(join(directory.path, 'elsewhere'));
      opened.push(elsewhere);
      expect(elsewhere.storeId).not.toBe(store.storeId);
    });

    it('flushes every commit to the disk', () => {
      const store = open();
      const pragma = (name: string): unknown => {
        const database: unknown = Reflect.get(store, 'database');
        return database instanceof Database ? Object.values(Object(database.prepare(`PRAGMA ${name}`).get()))[0] : null;
      };
      expect([pragma('journal_mode'), pragma('synchronous')]).toEqual(['wal', 2]);
    });

    it('refuses a file that is not a database', async () => {
      await open().close();
      writeFileSync(file(), 'this was never a database '.repeat(100));
      expect(() => open()).toThrow(/events\.db is not an SQLite file; move it away/);
    });

    it('refuses the database of another program and leaves it unchanged', async () => {
      const store = open();
      await store.close();
      const other = join(directory.path, 'other');
      await EmbeddedEventStore.open(other).close();
      const foreign = new Database(join(other, 'events.db'));
      foreign.exec('PRAGMA application_id = 42');
      foreign.close();
      expect(() => EmbeddedEventStore.open(other)).toThrow(/not an event store of this program/);
      const again = new Database(join(other, 'events.db'));
      expect(again.prepare('PRAGMA application_id').get()).toMatchObject({ application_id: 42 });
      again.close();
    });

    it('refuses a database without an application id that contains tables', () => {
      const foreign = new Database(join(directory.path, 'events.db'));
      foreign.exec('CREATE TABLE theirs (x)');
      foreign.close();
      expect(() => EmbeddedEventStore.open(directory.path)).toThrow(/not an event store of this program/);
    });

    it('refuses a newer format, and says what to do', async () => {
      await open().close();
      const newer = new Database(file());
      newer.exec('PRAGMA user_version = 2');
      newer.close();
      expect(() => open()).toThrow(/format version 2, and this program knows 1; run the version/);
    });

    it('releases the lock of the directory when it refuses', async () => {
      await open().close();
      const database = new Database(file());
      database.exec('PRAGMA user_version = 2');
      expect(() => open()).toThrow(/format version/);
      database.exec('PRAGMA user_version = 1');
      database.close();
      expect(open().isOpen).toBe(true);
    });

    it('refuses a second writer in the same process', async () => {
      const store = open();
      expect(() => open()).toThrow(`${join(directory.path, 'data')} is in use`);
      await store.close();
      expect(open().isOpen).toBe(true);
    });
  });

  describe('opened read-only', () => {
    it('reads beside the writer, including events that are written later', async () => {
      const store = open();
      await store.append('one', sampleEvents(2), NO_STREAM);
      const reader = open(true);
      expect(reader.storeId).toBe(store.storeId);
      expect(await idsOf(reader.readAll())).toEqual(await idsOf(store.readAll()));
      await store.append('one', sampleEvents(2), 1);
      expect(await collect(reader.readStream('one'))).toHaveLength(4);
    });

    it('refuses appends and has no live events', async () => {
      open();
      const reader = open(true);
      await expect(reader.append('one', [sampleEvent()], NO_STREAM)).rejects.toThrow(StoreUnavailable);
      const batches = reader.subscribeAll(START, new AbortController().signal)[Symbol.asyncIterator]();
      await expect(batches.next()).rejects.toThrow(/readAll/);
    });

    it('creates no files where there is no log', () => {
      expect(() => open(true)).toThrow(/there is no event store at .*events\.db/);
      expect(existsSync(join(directory.path, 'data'))).toBe(false);
    });
  });

  describe('with other processes', () => {
    let programs: ChildPrograms;
    beforeAll(() => {
      programs = childPrograms();
    });
    afterAll(() => {
      programs.remove();
    });

    /** Checks that every event that the program reported as appended exists, in streams with intact chains. */
    const expectKept = async (lines: readonly string[]): Promise<void> => {
      const store = open();
      const places = new Map((await collect(store.readAll())).map((event) => [event.id, `${event.id} ${event.revision} ${event.stream}`]));
      const said = lines.filter((line) => !line.startsWith('failed'));
      expect(said.length).toBeGreaterThan(50);
      expect(said.filter((line) => places.get(line.slice(0, 36)) !== line)).toEqual([]);
      const chains = new Map<string, { hash: string; revision: number }>();
      for await (const event of store.readAll()) {
        const previous = chains.get(event.stream) ?? { hash: FIRST_PREVIOUS_HASH, revision: -1 };
        expect(event.revision).toBe(previous.revision + 1);
        expect(event.hash).toBe(eventHash(previous.hash, { ...event, metadataJson: canonicalJson(event.metadata) }));
        chains.set(event.stream, event);
      }
      // Appends of two events each: a half one would leave an odd count.
      expect([...chains.values()].filter(({ revision }) => revision % 2 !== 1)).toEqual([]);
      await store.close();
    };

    it('keeps every acknowledged append through repeated kill -9', async () => {
      const said: string[] = [];
      for (const killAfterLines of [100, 1500, 700]) {
        said.push(...(await programs.run('appendWithoutEnd', [join(directory.path, 'data')], { killAfterLines })));
        await expectKept(said);
      }
    });

    it('throws StoreUnavailable when the disk is full, and keeps what it acknowledged before', async () => {
      const said = await programs.run('appendWithoutEnd', [join(directory.path, 'data')], { fileSizeLimit: 4000 });
      expect(said.filter((line) => line.startsWith('failed'))).toEqual(Array.from({ length: 16 }, () => 'failed StoreUnavailable'));
      await expectKept(said);
    });

    it('refuses a second writer at once, and admits a reader', async () => {
      const store = open();
      await store.append('one', sampleEvents(3), NO_STREAM);
      const data = join(directory.path, 'data');
      expect(await programs.run('openOnce', [data, 'readOnly'])).toEqual(['3 events']);
      expect((await programs.run('openOnce', [data]))[0]).toContain(`the data directory ${data} is in use by another process`);
      // The reader and the refused one have come and gone, and the directory is still this process's.
      expect((await programs.run('openOnce', [data]))[0]).toContain('is in use');
      await store.close();
      expect(await programs.run('openOnce', [data])).toEqual(['3 events']);
    });
  });
});
