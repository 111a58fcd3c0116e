import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppendedLines, appendLine } from '../../files/appendOnlyFile';
import { type Countersignature, type CountersignedCheckpoint, countersignedLine, parseCountersigned } from './countersignature';
import { type CheckpointDirectory, COUNTERSIGNED } from './directory';
import { type SignedCheckpoint, UnreadableCheckpoint } from './statement';

const ENDING = '.ndjson';
const KEY_ID_DIGITS = 16;

/**
 * The checkpoints of one log that a witness has countersigned, in the directory of the checkpoints. Each witness's key has its own
 * append-only file. What is in it needs not be sent again, so it tells where sending goes on after a restart.
 */
export class CountersignedCheckpoints {
  readonly #files = new Map<string, AppendedLines>();
  /** By the signature of the checkpoint, which no other one has. */
  readonly #bySignature = new Map<string, CountersignedCheckpoint[]>();
  /** Of each witness's key, the one over the most events. */
  readonly #latest = new Map<string, CountersignedCheckpoint>();
  #fewestEvents = Infinity;
  #count = 0;

  /**
   * @param storeId UUID of the log; checkpoints of other logs in the same directory are ignored.
   * @param checkpoints of the same directory, which tell what a restore of the log gave up.
   */
  constructor(
    private readonly directory: string,
    private readonly storeId: string,
    private readonly checkpoints: CheckpointDirectory,
  ) {}

  /** Number of lines that were read, which tells whether there are new ones. */
  get count(): number {
    this.#read();
    return this.#count;
  }

  /** Number of events of the first checkpoint that was countersigned; infinite while there is none. */
  get fewestEvents(): number {
    this.#read();
    return this.#fewestEvents;
  }

  /** The countersignatures of a checkpoint, one of each witness. */
  of({ signature }: SignedCheckpoint): readonly Countersignature[] {
    this.#read();
    return (this.#bySignature.get(signature) ?? []).map(({ countersignature }) => countersignature);
  }

  /** Of each witness's key, the countersigned checkpoint over the most events, at most that many. What a restore of the log gave up is left out. */
  latest(mostEvents = Infinity): readonly CountersignedCheckpoint[] {
    this.#read();
    const { keys } = this.checkpoints;
    const counts = ({ statement }: CountersignedCheckpoint): boolean => statement.events <= mostEvents && keys.restoreBefore(statement) === undefined;
    return [...this.#latest].flatMap(([keyId, latest]) => {
      if (counts(latest)) return [latest];
      const earlier = [...this.#bySignature.values()].flat().filter((checkpoint) => checkpoint.countersignature.keyId === keyId && counts(checkpoint));
      return earlier.sort((a, b) => b.statement.events - a.statement.events).slice(0, 1);
    });
  }

  /** Adds a countersigned checkpoint. It is on disk when this returns. */
  add(checkpoint: CountersignedCheckpoint): void {
    appendLine(join(this.directory, `${COUNTERSIGNED}${checkpoint.countersignature.keyId.slice(0, KEY_ID_DIGITS)}${ENDING}`), countersignedLine(checkpoint));
    this.#read();
  }

  /** Takes in the lines that came since the last time, also those of other processes. */
  #read(): void {
    for (const name of namesIn(this.directory)) if (!this.#files.has(name)) this.#files.set(name, new AppendedLines(join(this.directory, name)));
    const read = [...this.#files.values()].map((file) => file.next());
    if (read.some(({ isAnew }) => isAnew)) {
      this.#forget();
      this.#read();
      return;
    }
    for (const { lines } of read) for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    const checkpoint = parsedLine(line);
    if (checkpoint?.statement.storeId !== this.storeId) return;
    const { signature, statement: { events }, countersignature: { keyId } } = checkpoint;
    const known = this.#bySignature.get(signature);
    if (!known) this.#bySignature.set(signature, [checkpoint]);
    else if (!known.some(({ countersignature }) => countersignature.keyId === keyId)) known.push(checkpoint);
    if (events > (this.#latest.get(keyId)?.statement.events ?? 0)) this.#latest.set(keyId, checkpoint);
    this.#fewestEvents = Math.min(this.#fewestEvents, events);
    this.#count += 1;
  }

  #forget(): void {
    for (const known of [this.#files, this.#bySignature, this.#latest]) known.clear();
    this.#fewestEvents = Infinity;
    this.#count = 0;
  }
}

const namesIn = (directory: string): readonly string[] => (existsSync(directory) ? readdirSync(directory).filter((name) => name.startsWith(COUNTERSIGNED) && name.endsWith(ENDING)) : []);

/** A damaged line counts for nothing: its checkpoint is sent again. */
function parsedLine(line: string): CountersignedCheckpoint | undefined {
  try {
    return parseCountersigned(line);
  } catch (error) {
    if (error instanceof UnreadableCheckpoint) return undefined;
    throw error;
  }
}
