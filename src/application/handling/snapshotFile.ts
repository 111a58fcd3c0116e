import { createHmac, timingSafeEqual } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import type { RosterState, SentInvitation } from '../../domain/roster/state';
import { OverlayTable, type ReadableTable } from '../../domain/roster/tables';
import { Steps } from '../../concurrency';
import { bucketOf, bucketsFor, deflatedBucket, fieldsOf, SnapshotTable, type TablePlace } from './snapshotTable';

// A snapshot is the buckets of the roster's tables, a header in JSON, the header's length in four bytes, and a MAC over all of that.

const MAC_BYTES = 32;
const LENGTH_BYTES = 4;
/** Bytes authenticated in one step. */
const CHUNK_BYTES = 1024 * 1024;
const SENDS_PER_ROW = 500;

const TABLES = ['users', 'invitations', 'userIdsByKeapId', 'userIdByPerson', 'admins', 'reservedUntil', 'senderIdsByPerson', 'formerSenders', 'departures', 'keyedCommands'] as const;
type TableName = (typeof TABLES)[number];
type Rest = Omit<RosterState, TableName | 'sends'>;

/** What a snapshot is about. One that says something else than expected is not used. */
export interface SnapshotLabel {
  readonly appId: string;
  /** Version of the roster's state. */
  readonly version: number;
  /** Number of erasures when the events were read. Somebody who was erased since must not be in it. */
  readonly erasures: number;
}

/** A roster, and the last event in it. */
export interface RosterAtEvent {
  readonly state: RosterState;
  readonly revision: number;
  readonly hash: string;
}

interface Header extends SnapshotLabel {
  readonly revision: number;
  readonly hash: string;
  readonly rest: Rest;
  readonly tables: Readonly<Record<TableName | 'sends', TablePlace>>;
}

/** A snapshot that was opened. */
export interface OpenedSnapshot extends RosterAtEvent {
  readonly label: SnapshotLabel;
  /** Bytes of the snapshot, which stay in memory. */
  readonly bytes: number;
}

/**
 * Writes a snapshot into a new file that only its owner may read. The roster must stay as it is meanwhile.
 * @returns the number of bytes; null when the signal aborted.
 * @throws Error when the file exists or cannot be written.
 */
export async function writeSnapshot(path: string, key: Buffer, label: SnapshotLabel, { state, revision, hash }: RosterAtEvent, signal: AbortSignal): Promise<number | null> {
  const mac = createHmac('sha256', key);
  const file = await open(path, 'wx', 0o600);
  try {
    let written = 0;
    const steps = new Steps();
    const write = async (bytes: Buffer): Promise<void> => {
      mac.update(bytes);
      await file.write(bytes);
      written += bytes.length;
    };
    const places: Partial<Record<TableName | 'sends', TablePlace>> = {};
    const sends = new Map(Array.from({ length: Math.ceil(state.sends.length / SENDS_PER_ROW) }, (_, row) => [String(row), state.sends.slice(row * SENDS_PER_ROW, (row + 1) * SENDS_PER_ROW)]));
    for (const name of [...TABLES, 'sends'] as const) {
      const table: ReadableTable<unknown> = name === 'sends' ? sends : state[name];
      const start = written;
      const lengths: number[] = [];
      const fields = fieldsOf(table);
      let parts: Buffer[] = [];
      for (const bucket of await bucketsOf(table)) {
        const part = deflatedBucket(bucket, fields);
        lengths.push(part.length);
        parts.push(part);
        if (!steps.isOver) continue;
        if (signal.aborted) return null;
        await write(Buffer.concat(parts));
        parts = [];
        await steps.next();
      }
      await write(Buffer.concat(parts));
      places[name] = { size: table.size, start, lengths, fields };
    }
    const header: Header = { ...label, revision, hash, rest: restOf(state), tables: places as Header['tables'] };
    const text = Buffer.from(JSON.stringify(header));
    await write(text);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(text.length);
    await write(length);
    await file.write(mac.digest());
    return written + MAC_BYTES;
  } finally {
    await file.close();
  }
}

/**
 * Opens a snapshot. Its rows are read when they are looked up.
 * @throws Error when the file cannot be read, or is not a snapshot that was written with this key.
 */
export async function openSnapshot(path: string, key: Buffer): Promise<OpenedSnapshot> {
  const bytes = await readFile(path);
  const end = bytes.length - MAC_BYTES;
  if (end < LENGTH_BYTES) throw new Error(`${path} is too short.`);
  const mac = createHmac('sha256', key);
  const steps = new Steps();
  for (let from = 0; from < end; from += CHUNK_BYTES) {
    mac.update(bytes.subarray(from, Math.min(end, from + CHUNK_BYTES)));
    if (steps.isOver) await steps.next();
  }
  if (!timingSafeEqual(mac.digest(), bytes.subarray(end))) throw new Error(`${path} is damaged.`);
  const headerEnd = end - LENGTH_BYTES;
  const { rest, tables, revision, hash, appId, version, erasures } = JSON.parse(bytes.toString('utf8', headerEnd - bytes.readUInt32BE(headerEnd), headerEnd)) as Header;
  const table = <V>(name: TableName): OverlayTable<V> => new OverlayTable(new SnapshotTable<V>(bytes, tables[name]));
  const state: RosterState = {
    ...rest,
    users: table('users'),
    invitations: table('invitations'),
    userIdsByKeapId: table('userIdsByKeapId'),
    userIdByPerson: table('userIdByPerson'),
    admins: table('admins'),
    reservedUntil: table('reservedUntil'),
    senderIdsByPerson: table('senderIdsByPerson'),
    formerSenders: table('formerSenders'),
    departures: table('departures'),
    keyedCommands: table('keyedCommands'),
    sends: [],
  };
  const sends = new SnapshotTable<readonly SentInvitation[]>(bytes, tables.sends);
  for (let row = 0; row < sends.size; row += 1) {
    state.sends.push(...(sends.get(String(row)) ?? []));
    if (steps.isOver) await steps.next();
  }
  return { state, revision, hash, label: { appId, version, erasures }, bytes: bytes.length };
}

/** The rows of a table, in buckets. */
async function bucketsOf<V>(table: ReadableTable<V>): Promise<readonly (readonly [string, V])[][]> {
  const buckets: [string, V][][] = Array.from({ length: bucketsFor(table.size) }, () => []);
  const steps = new Steps();
  for (const row of table) {
    buckets[bucketOf(row[0], buckets.length)]?.push(row);
    if (steps.isOver) await steps.next();
  }
  return buckets;
}

function restOf({ registered, importing, appId, name, url, licences, userAdmins, activeUsers, licencesPosition, namePosition, registeredPosition, lastOccurredAt }: RosterState): Rest {
  return { registered, importing, appId, name, url, licences, userAdmins, activeUsers, licencesPosition, namePosition, registeredPosition, lastOccurredAt };
}
