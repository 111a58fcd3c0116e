import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { findSecretKey } from './application/secretKey';
import type { Config } from './config';
import { normalizeKeapId } from './domain/keapId';
import { EmbeddedEventStore } from './eventstore/embeddedEventStore';
import { EmbeddedKeyStore } from './eventstore/embeddedKeyStore';
import { START, type EventStore, type StoredEvent } from './eventstore/eventStore';
import { EventStoreDbEventStore } from './eventstore/eventStoreDbEventStore';
import { EventStoreDbKeyStore } from './eventstore/eventStoreDbKeyStore';
import { KeysUnreadable } from './eventstore/keyStore';
import { isSealedPerson, type DisclosedPerson } from './eventstore/personEnvelope';
import { PersonKeys } from './eventstore/personKeys';
import { SealedEventStore } from './eventstore/sealedEventStore';
import { ReadModelDatabase } from './projections/readModelDatabase';
import { ReadModelFiles } from './projections/readModelFiles';
import { erasuresSeen, originOf, setErasuresSeen, setOrigin } from './projections/readModelOrigin';

/** The log, whichever store keeps it. */
export interface MembershipStore extends EventStore {
  /** UUID of the log; null as long as its server has not been reached. */
  readonly storeId: string | null;
  readonly isOpen: boolean;
  /** the log as it is stored, with people sealed. */
  readonly inner: EmbeddedEventStore | EventStoreDbEventStore;
}

/** The log and the keys of the people in it. */
export interface OpenedLog {
  readonly store: MembershipStore;
  readonly keys: PersonKeys;
}

export interface OpenedStores extends OpenedLog {
  readonly database: ReadModelDatabase;
}

/** So long the start waits for a server of events; the service begins without it then. */
const FIRST_ANSWER_WAIT_MS = 2_000;

/**
 * Opens the log that the settings name, to be written, with its keys.
 * @throws KeysUnreadable when the keys are missing or SECRET_KEY is another one. @throws Error when another process holds `DATA_DIR`.
 */
export async function openLog({ dataDir, eventStoreUrl }: Config, secretKey: Buffer, logger: Logger): Promise<OpenedLog> {
  if (eventStoreUrl !== null) {
    const inner = new EventStoreDbEventStore({ url: eventStoreUrl, notify: ({ what, message }) => { logger.warn({ what }, message); } });
    return sealed(inner, new PersonKeys(new EventStoreDbKeyStore({ url: eventStoreUrl }), secretKey, normalizeKeapId));
  }
  const inner = EmbeddedEventStore.open(dataDir);
  try {
    await requireKeysOf(inner, dataDir);
    const keys = new PersonKeys(EmbeddedKeyStore.open(dataDir), secretKey, normalizeKeapId);
    await keys.check().catch(async (error: unknown) => {
      await keys.close();
      throw error;
    });
    return sealed(inner, keys);
  } catch (error) {
    await inner.close();
    throw error;
  }
}

/** Opens the log that the settings name, and the read models in `DATA_DIR`, of which nothing is kept that is not of this log or holds somebody who was erased since. */
export async function openStores(config: Config, secretKey: Buffer, logger: Logger): Promise<OpenedStores> {
  const { store, keys } = await openLog(config, secretKey, logger);
  try {
    const { inner } = store;
    if (inner instanceof EmbeddedEventStore) return { store, keys, database: openReadModels(config.dataDir, await keys.erasures()) };
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    const answers = await inner.answers(FIRST_ANSWER_WAIT_MS);
    if (answers) await keys.check();
    const database = openReadModels(config.dataDir, answers ? await keys.erasures() : null);
    const { storeId, position } = originOf(database);
    if (!answers) {
      // Queries are answered from what was read before. Read models that hold nothing yet take the log that comes.
      if (position !== START) inner.expect(storeId);
      else inner.onKnown((known) => { setOrigin(database, known); });
    } else if (storeId === inner.storeId && !(await inner.holds(position))) {
      logger.warn({ position }, 'The log is an older one than that which the read models have seen; they are filled again');
      setOrigin(database, '');
    }
    return { store, keys, database };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Removes the read models, those that are being filled beside them, and the looks at the past of a `DATA_DIR` that no service uses; the log fills them again. */
export function removeViews(dataDir: string): void {
  new ReadModelFiles(dataDir).remove();
  rmSync(join(dataDir, 'past'), { recursive: true, force: true });
}

/** A log with people in plain text. */
export interface NamedLog extends EventStore {
  /** The person of an event as it is stored, with what proves it; null where nobody is sealed in it or there are no keys. @throws KeysUnreadable, StoreUnavailable */
  disclose(event: StoredEvent): Promise<DisclosedPerson | null>;
}

/**
 * The same log with people in plain text, for who may read them; as it is where there are no keys. Closing it leaves
 * the log itself open, which is read and not written.
 * @throws KeysUnreadable when SECRET_KEY is another one.
 */
export function openNames(store: EventStore, { dataDir, eventStoreUrl, secretKey: given }: Config): NamedLog {
  const secretKey = given ?? findSecretKey(dataDir);
  if (secretKey === null || (eventStoreUrl === null && !existsSync(join(dataDir, 'keys.db')))) return { ...boundPort(store), disclose: () => Promise.resolve(null) };
  const kept = eventStoreUrl === null ? EmbeddedKeyStore.open(dataDir, { readOnly: true }) : new EventStoreDbKeyStore({ url: eventStoreUrl });
  return new SealedEventStore({ ...boundPort(store), storeId: null, isOpen: true }, new PersonKeys(kept, secretKey, normalizeKeapId));
}

function boundPort(store: EventStore): EventStore {
  return {
    append: (...given) => store.append(...given),
    readStream: (...given) => store.readStream(...given),
    readAll: (...given) => store.readAll(...given),
    subscribeAll: (...given) => store.subscribeAll(...given),
    close: () => Promise.resolve(),
  };
}

function openReadModels(dataDir: string, erasures: number | null): ReadModelDatabase {
  const files = new ReadModelFiles(dataDir);
  const found = ReadModelDatabase.open(files.live);
  if (erasures === null || erasuresSeen(found) === erasures) return found;
  found.close();
  removeViews(dataDir);
  const database = ReadModelDatabase.open(files.live);
  setErasuresSeen(database, erasures);
  return database;
}

const sealed = (inner: EmbeddedEventStore | EventStoreDbEventStore, keys: PersonKeys): OpenedLog => ({ store: new SealedEventStore(inner, keys), keys });

/** A log with sealed people and without their keys must not get new ones. */
async function requireKeysOf(log: EventStore, dataDir: string): Promise<void> {
  const file = join(dataDir, 'keys.db');
  if (existsSync(file)) return;
  for await (const { data } of log.readAll()) {
    if (isSealedPerson(data['person'])) throw new KeysUnreadable(`${file} is missing, which holds the keys of the people in ${join(dataDir, 'events.db')}. Put it back from a backup; without it nobody's name can be read.`);
  }
}
