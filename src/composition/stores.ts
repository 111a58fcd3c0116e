import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOrCreateOwnersFile } from '../files/ownersFile';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { normalizeKeapId } from '../domain/keapId';
import { EmbeddedEventStore } from '../eventstore/embedded/store';
import { EmbeddedKeyStore } from '../eventstore/embedded/keyStore';
import { type EventLog, type EventStore, headOf, START, type StoredEvent, type StoreProblem } from '../eventstore/eventStore';
import type { EventStoreDbEventStore } from '../eventstore/eventStoreDb/store';
import type { EventStoreDbKeyStore } from '../eventstore/eventStoreDb/keyStore';
import type { RingCopy, SecretKeys } from '../eventstore/people/keyRing';
import { PersonKeys } from '../eventstore/people/keys';
import { KeysUnreadable } from '../eventstore/people/keyStore';
import { allEnvelopesIn } from '../eventstore/people/disclosure';
import { type Disclosed, NOTHING_DISCLOSED } from '../eventstore/people/envelope';
import { SealedEventStore } from '../eventstore/people/sealedEventStore';
import { isLocked, ReadModelDatabase } from '../projections/engine/database';
import { erasuresSeen, originOf, ReadModelFiles, setErasuresSeen, setOrigin } from '../projections/engine/files';

export { copyLog, copyLogFiles } from '../eventstore/copy';
export { LogDamaged } from '../eventstore/embedded/schema';
export { openLogToRead, openRawLogAt } from '../eventstore/open';

const FILE_NAME = 'secret.key';
/** Directory in `DATA_DIR` while a backup is restored. Nothing else uses `DATA_DIR` until that is done. */
export const RESTORING = 'restoring';
/** Directory in `DATA_DIR` with a log that was written anew, until it has taken the place of the old one. Nothing else uses `DATA_DIR` until then. */
export const REWRITTEN = 'rewritten';
const RING_FILE = 'key-ring.json';
const KEY_BYTES = 32;

/** Reads the key in `<dataDir>/secret.key`; null when the file does not exist. @throws Error when the file does not contain a key, or other users may read it. */
const findSecretKey = (dataDir: string): Buffer | null => (existsSync(join(dataDir, FILE_NAME)) ? loadOrCreateSecretKey(dataDir) : null);

/**
 * Reads the key in `<dataDir>/secret.key`: 32 bytes in base64, in a file with mode 600. Creates the file and its directory when they
 * do not exist. Processes that start at the same time get the same key.
 * @throws Error when the file does not contain a key, or other users may read it.
 */
export function loadOrCreateSecretKey(dataDir: string): Buffer {
  const file = join(dataDir, FILE_NAME);
  const text = readOrCreateOwnersFile(file, () => `${randomBytes(KEY_BYTES).toString('base64')}\n`).trim();
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES || key.toString('base64') !== text) {
    throw new Error(`${file} does not contain ${KEY_BYTES} bytes in base64. Restore the file from a backup: with another key, invitation links that were sent and the ids of people become invalid.`);
  }
  return key;
}

/**
 * The secret keys of this process: the configured ones, or that in `DATA_DIR/secret.key`.
 * @throws Error as `loadOrCreateSecretKey` does, when the file is missing beside a log, or when it holds the previous key too.
 */
function secretsOf({ dataDir, secretKey, secretKeyPrevious }: Config): SecretKeys {
  if (secretKey === null) requireSecretKeyOf(dataDir);
  const current = secretKey ?? loadOrCreateSecretKey(dataDir);
  if (secretKeyPrevious?.equals(current) === true) throw new Error(`SECRET_KEY_PREVIOUS is the same key as ${join(dataDir, FILE_NAME)}. Put the new key into SECRET_KEY or into the file.`);
  return { current, previous: secretKeyPrevious };
}

/** A copy of the key ring in `DATA_DIR`, for a start while EventStoreDB cannot be reached. It is sealed, like the ring itself. */
const ringCopyIn = (dataDir: string): RingCopy => ({
  read: () => (existsSync(join(dataDir, RING_FILE)) ? readFileSync(join(dataDir, RING_FILE), 'utf8') : null),
  write: (ring) => {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(join(dataDir, `${RING_FILE}.draft`), ring, { mode: 0o600, flush: true });
    renameSync(join(dataDir, `${RING_FILE}.draft`), join(dataDir, RING_FILE));
  },
});

/** The log, whichever adapter stores it. People are in plain text. */
export interface MembershipStore extends EventStore {
  /** UUID of the log; null until its server has been reached. */
  readonly storeId: string | null;
  readonly isOpen: boolean;
  /** The log as it is stored, with personal data encrypted. */
  readonly inner: EventLog;
  /** Refuses every later append. Events stay readable. */
  stopWriting(problem: StoreProblem): void;
  /** Decrypts what an event of `inner` holds sealed. @throws KeysUnreadable, StoreUnavailable */
  disclose(event: StoredEvent): Promise<Disclosed>;
}

/** The log and the encryption keys of the people in it. */
interface OpenedLog {
  readonly store: SealedEventStore<EmbeddedEventStore | EventStoreDbEventStore>;
  readonly keys: PersonKeys;
}

interface OpenedStores {
  readonly store: MembershipStore;
  readonly keys: PersonKeys;
  readonly database: ReadModelDatabase;
}

/** The adapters for EventStoreDB. Its client is large, so it is loaded only where it is used. */
async function eventStoreDb(): Promise<{ EventStoreDbEventStore: typeof EventStoreDbEventStore; EventStoreDbKeyStore: typeof EventStoreDbKeyStore }> {
  const [store, keyStore] = await Promise.all([import('../eventstore/eventStoreDb/store.js'), import('../eventstore/eventStoreDb/keyStore.js')]);
  return { ...store, ...keyStore };
}

/** How long startup waits for EventStoreDB; afterwards the service starts and reports "not ready". */
const FIRST_ANSWER_WAIT_MS = 2_000;

/**
 * Opens the configured log for writing, with its encryption keys.
 * @throws KeysUnreadable when the keys are missing or were created under another SECRET_KEY. @throws Error when another process uses `DATA_DIR`,
 * when it has everything but the log, or when the log's last event is damaged.
 */
export async function openLog(config: Config, logger: Logger): Promise<OpenedLog> {
  const { dataDir, eventStoreUrl, checkpointDir } = config;
  if (eventStoreUrl !== null) {
    const secrets = secretsOf(config);
    const { EventStoreDbEventStore, EventStoreDbKeyStore } = await eventStoreDb();
    const inner = new EventStoreDbEventStore({ url: eventStoreUrl, notify: ({ what, message }) => { logger.warn({ what }, message); } });
    return sealed(inner, new PersonKeys(new EventStoreDbKeyStore({ url: eventStoreUrl }), { ...secrets, copy: ringCopyIn(dataDir) }, normalizeKeapId));
  }
  if (existsSync(join(dataDir, RESTORING))) throw new Error(`A restore into ${dataDir} was not finished. Run "npm run cli -- restore" again, with the same backup or another one.`);
  if (existsSync(join(dataDir, REWRITTEN))) throw new Error(`The log in ${dataDir} was written anew to erase somebody, and that was interrupted. Run "npm run cli -- erase --rewrite" again, with the same Keap ID: the new log is whole, and takes the place of the old one then.`);
  requireLogOf(dataDir, checkpointDir);
  const secrets = secretsOf(config);
  const inner = EmbeddedEventStore.open(dataDir);
  try {
    await requireEndOf(inner, dataDir);
    await requireKeysOf(inner, dataDir);
    const keys = new PersonKeys(EmbeddedKeyStore.open(dataDir), secrets, normalizeKeapId);
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

/** Opens the configured log and the read models in `DATA_DIR`. Read models of another log, or with people who were erased since, are discarded. */
export async function openStores(config: Config, logger: Logger): Promise<OpenedStores> {
  const { store, keys } = await openLog(config, logger);
  try {
    const { inner } = store;
    if (inner instanceof EmbeddedEventStore) return { store, keys, database: openReadModels(config.dataDir, await keys.erasures(), logger) };
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    const answers = await inner.answers(FIRST_ANSWER_WAIT_MS);
    if (answers) await keys.check();
    const database = openReadModels(config.dataDir, answers ? await keys.erasures() : null, logger);
    const { storeId, position } = originOf(database);
    if (!answers) {
      // Queries are answered from the read models of the last run. Empty read models accept whichever log the server turns out to hold.
      if (position !== START) inner.expect(storeId);
      else inner.onIdentified((known) => { setOrigin(database, known); });
    } else if (storeId === inner.storeId && !(await inner.holds(position))) {
      logger.warn({ position }, 'The log ends before the position that the read models have reached, as after restoring a backup. The read models are rebuilt.');
      setOrigin(database, '');
    }
    return { store, keys, database };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The directory in `DATA_DIR` of the snapshots of rosters. */
export const ROSTERS_DIRECTORY = 'rosters';

/** Removes the read models, unfinished rebuilds and snapshots of the past and of rosters from a `DATA_DIR` that no service uses. They are rebuilt from the log. */
export function removeViews(dataDir: string): void {
  new ReadModelFiles(dataDir).remove();
  for (const directory of ['past', ROSTERS_DIRECTORY]) rmSync(join(dataDir, directory), { recursive: true, force: true });
}

/** Where a log is, and what opens the keys of its people. */
export type LogWithKeys = Pick<Config, 'dataDir' | 'eventStoreUrl' | 'secretKey' | 'secretKeyPrevious'>;

/** A log with personal data in plain text. */
interface NamedLog extends EventStore {
  /** Decrypts what a stored event holds encrypted and gives the keys that prove it; nothing when there are no keys. @throws KeysUnreadable, StoreUnavailable */
  disclose(event: StoredEvent): Promise<Disclosed>;
  /** Number of erasures of people so far; null when there are no keys. @throws StoreUnavailable */
  erasures(): Promise<number | null>;
}

/**
 * Opens a log that is only read with personal data in plain text; without keys it stays as it is stored. Closing it leaves
 * the given log open.
 * @throws KeysUnreadable when the keys were created under another SECRET_KEY.
 */
export async function openNames(store: EventStore, { dataDir, eventStoreUrl, secretKey: given, secretKeyPrevious: previous }: LogWithKeys): Promise<NamedLog> {
  const current = given ?? findSecretKey(dataDir);
  if (current === null || (eventStoreUrl === null && !existsSync(join(dataDir, 'keys.db')))) return { ...boundPort(store), disclose: () => Promise.resolve(NOTHING_DISCLOSED), erasures: () => Promise.resolve(null) };
  const kept = eventStoreUrl === null ? EmbeddedKeyStore.open(dataDir, { readOnly: true }) : new (await eventStoreDb()).EventStoreDbKeyStore({ url: eventStoreUrl });
  const keys = new PersonKeys(kept, { current, previous, readOnly: true }, normalizeKeapId);
  return Object.assign(new SealedEventStore({ ...boundPort(store), storeId: null, isOpen: true }, keys), { erasures: () => keys.erasures() });
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

/** Opens the live read models. Those that are damaged, or name people who were erased since, are replaced by empty ones, which are filled from the log. */
function openReadModels(dataDir: string, erasures: number | null, logger: Logger): ReadModelDatabase {
  const { live } = new ReadModelFiles(dataDir);
  try {
    const found = ReadModelDatabase.open(live);
    try {
      originOf(found);
      if (erasures === null || erasuresSeen(found) === erasures) return found;
    } catch (error) {
      found.close();
      throw error;
    }
    found.close();
  } catch (error) {
    if (isLocked(error)) throw error;
    logger.warn({ err: error }, `The read models in ${live} are damaged. They are removed and filled again from the log.`);
  }
  removeViews(dataDir);
  const database = ReadModelDatabase.open(new ReadModelFiles(dataDir).live);
  if (erasures !== null) setErasuresSeen(database, erasures);
  return database;
}

const sealed = (inner: EmbeddedEventStore | EventStoreDbEventStore, keys: PersonKeys): OpenedLog => ({ store: new SealedEventStore(inner, keys), keys });

/** A log goes on from its last event. @throws Error that names the event and says what to do when it is damaged. */
async function requireEndOf(log: EventStore, dataDir: string): Promise<void> {
  await headOf(log).catch((cause: unknown) => {
    const what = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new Error(`${join(dataDir, 'events.db')} is damaged at its end: ${what}. Nothing can be written after it. Run "npm run cli -- verify", which names everything that is damaged, and restore the file from a backup without its -wal and -shm files.`, { cause });
  });
}

/** A log with encrypted people must not get new keys when theirs are missing. */
async function requireKeysOf(log: EventStore, dataDir: string): Promise<void> {
  const file = join(dataDir, 'keys.db');
  if (existsSync(file)) return;
  for await (const event of log.readAll()) {
    if (allEnvelopesIn(event).length > 0) throw new KeysUnreadable(`${file} is missing. It holds the encryption keys of the people in ${join(dataDir, 'events.db')}. Restore it from a backup; without it no name can be read.`);
  }
}

/** A log must not go on with a new key: nobody could be read, and the links and ids that were given out would be invalid. */
function requireSecretKeyOf(dataDir: string): void {
  const file = join(dataDir, FILE_NAME);
  const log = ['events.db', 'keys.db'].map((name) => join(dataDir, name)).find((beside) => existsSync(beside));
  if (log === undefined || existsSync(file)) return;
  throw new Error(`${file} is missing, and ${log} was written with it. Restore it from a backup, or set SECRET_KEY to the key. To start a new, empty log instead, set another DATA_DIR.`);
}

/** A new log must not continue where another one was: it would be signed with the same key and take the place of the lost one. */
function requireLogOf(dataDir: string, checkpointDir: string): void {
  if (existsSync(join(dataDir, 'events.db'))) return;
  const others = ['keys.db', 'readmodels.db', 'readmodels.next.db', 'proofs.db'].map((name) => join(dataDir, name)).filter((file) => existsSync(file));
  if (existsSync(checkpointDir) && readdirSync(checkpointDir).length > 0) others.push(checkpointDir);
  if (others.length === 0) return;
  throw new Error(`${join(dataDir, 'events.db')}, the event log, is missing, but ${others.join(', ')} of a log ${others.length === 1 ? 'is' : 'are'} there. Restore events.db from a backup. To start a new, empty log instead, move these files away, or set another DATA_DIR.`);
}
