import { closeSync, createReadStream, existsSync, fstatSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { appendLine, dropUnfinishedLine } from '../../files/appendOnlyFile';
import { bundleLines } from '../bundle';
import { countersigned, type CountersignedCheckpoint, countersignedLine, isWhole, parseCountersigned } from '../checkpoints/countersignature';
import { isWhole as isWholeStatement, keyLine, keyStatementOf, type SignedKeyStatement } from '../checkpoints/keyStatement';
import { isWholeRewrite, rewriteLine, rewriteOf, type SignedRewrite } from '../checkpoints/rewriteStatement';
import { CheckpointKey } from '../checkpoints/privateKey';
import { parseJson, type SignedCheckpoint, UnreadableCheckpoint } from '../checkpoints/statement';
import type { HeldCheckpoints } from './judgement';

/** What a witness holds of one log. */
export interface HeldLog {
  readonly storeId: string;
  /** Number of checkpoints that were countersigned. */
  readonly checkpoints: number;
  /** The one over the most events. */
  readonly latest: CountersignedCheckpoint;
}

/** A page of what a witness has countersigned. */
export interface RecordPage {
  /** Lines of countersigned checkpoints, in the order in which they came. */
  readonly lines: readonly string[];
  /** Number of the last line that was looked at. */
  readonly last: number;
  readonly hasMore: boolean;
}

/** The file of a witness is not as the witness wrote it. */
class RecordDamaged extends Error {
  override readonly name = 'RecordDamaged';
}

/**
 * What a witness has countersigned: an append-only file of countersigned checkpoints in its directory, beside its key. The directory can
 * be read like one of checkpoints. In memory there are about 200 bytes for each checkpoint.
 */
export class WitnessRecord implements HeldCheckpoints {
  /** Where each line begins in the file, by line; the last number is the end of the file. */
  readonly #begins = [0];
  /** Lines by the signatures of their checkpoints. */
  readonly #lines = new Map<string, number>();
  readonly #logs = new Map<string, HeldLog>();
  readonly #latestBy = new Map<string, CountersignedCheckpoint>();
  readonly #keys: SignedKeyStatement[] = [];
  readonly #rewrites: SignedRewrite[] = [];

  private constructor(
    private readonly file: string,
    private readonly keysFile: string,
    private readonly rewritesFile: string,
    private readonly key: CheckpointKey,
    private readonly acceptedKeyIds: readonly string[] | null,
  ) {}

  /**
   * Opens the record in a directory, which is created with a key of its own (mode 600) when it does not exist.
   * @param acceptedKeyIds keys whose checkpoints are accepted. Null: only the key of the first checkpoint that came.
   * @throws RecordDamaged when the file is not as it was written, or Error when the key cannot be used.
   */
  static async open(directory: string, acceptedKeyIds: readonly string[] | null): Promise<WitnessRecord> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const [file, keysFile, rewritesFile] = ['checkpoints', 'keys', 'rewrites'].map((name) => join(directory, `${name}.ndjson`)) as [string, string, string];
    for (const one of [file, keysFile, rewritesFile]) if (existsSync(one)) dropUnfinishedLine(one);
    const record = new WitnessRecord(file, keysFile, rewritesFile, CheckpointKey.loadOrCreate(join(directory, 'witness.key')), acceptedKeyIds);
    await record.#load();
    return record;
  }

  /** Id of the key that countersigns. */
  get keyId(): string {
    return this.key.keyId;
  }

  /** The logs that the witness has seen, in the order in which they came. */
  get logs(): readonly HeldLog[] {
    return [...this.#logs.values()];
  }

  accepts(keyId: string): boolean {
    if (this.acceptedKeyIds !== null) return this.acceptedKeyIds.includes(keyId);
    return this.#latestBy.size === 0 || this.#latestBy.has(keyId);
  }

  keysOf(storeId: string): readonly SignedKeyStatement[] {
    return this.#keys.filter(({ statement }) => statement.storeId === storeId);
  }

  get rewrites(): readonly SignedRewrite[] {
    return this.#rewrites;
  }

  find({ signature }: SignedCheckpoint): CountersignedCheckpoint | undefined {
    const line = this.#lines.get(signature);
    return line === undefined ? undefined : parseCountersigned(this.#textOf(line));
  }

  latestOf(storeId: string): CountersignedCheckpoint | undefined {
    return this.#logs.get(storeId)?.latest;
  }

  latestBy(keyId: string): CountersignedCheckpoint | undefined {
    return this.#latestBy.get(keyId);
  }

  /**
   * Countersigns a checkpoint. It is on disk when this returns, and before it what introduces its key, and how its log was made of another one.
   * @throws RecordDamaged when something else has written to the file, and what the disk reports.
   */
  add(checkpoint: SignedCheckpoint, time: string, introductions: readonly SignedKeyStatement[] = [], rewrite: SignedRewrite | null = null): CountersignedCheckpoint {
    // An append that failed, as on a full disk, may have left a part of a line.
    if (existsSync(this.file)) dropUnfinishedLine(this.file);
    if ((statSync(this.file, { throwIfNoEntry: false })?.size ?? 0) !== this.#begins.at(-1)) throw new RecordDamaged(`${this.file} was changed by another program. Stop that program and start the witness again.`);
    for (const introduction of introductions) {
      appendLine(this.keysFile, keyLine(introduction));
      this.#keys.push(introduction);
    }
    // It is there without a checkpoint where a crash came in between.
    if (rewrite && !this.#rewrites.some(({ statement }) => statement.storeId === rewrite.statement.storeId)) {
      appendLine(this.rewritesFile, rewriteLine(rewrite));
      this.#rewrites.push(rewrite);
    }
    const added = countersigned(checkpoint, this.key, time);
    const line = countersignedLine(added);
    appendLine(this.file, line);
    this.#take(added, Buffer.byteLength(line) + 1);
    return added;
  }

  /** Lines after that many, at most `limit`, of one log or of all (null). */
  page(after: number, limit: number, storeId: string | null): RecordPage {
    const lines: string[] = [];
    const count = this.#begins.length - 1;
    let last = Math.min(after, count);
    // A page looks at a bounded number of lines, also where few of them are of the log.
    for (const end = Math.min(count, last + MOST_LOOKED_AT); last < end && lines.length < limit; last += 1) {
      const text = this.#textOf(last);
      if (storeId === null || parseCountersigned(text).statement.storeId === storeId) lines.push(text);
    }
    return { lines, last, hasMore: last < count };
  }

  async #load(): Promise<void> {
    await this.#loadStatements(this.keysFile, keyStatementOf, isWholeStatement, this.#keys);
    await this.#loadStatements(this.rewritesFile, rewriteOf, isWholeRewrite, this.#rewrites);
    if (!existsSync(this.file)) return;
    let number = 0;
    for await (const line of bundleLines(createReadStream(this.file) as AsyncIterable<Buffer>)) {
      number += 1;
      try {
        const checkpoint = parseCountersigned(line);
        if (checkpoint.countersignature.keyId !== this.keyId) throw new UnreadableCheckpoint('another key countersigned it');
        this.#take(checkpoint, Buffer.byteLength(line) + 1);
      } catch (error) {
        if (!(error instanceof UnreadableCheckpoint)) throw error;
        throw new RecordDamaged(`Line ${number} of ${this.file} is not what this witness wrote: ${error.message}. Restore the file and witness.key from a copy.`);
      }
    }
    const damaged = this.logs.find(({ latest }) => !isWhole(latest));
    if (damaged) throw new RecordDamaged(`${this.file} is not what this witness wrote: the signatures of the latest checkpoint of the log ${damaged.storeId} are wrong. Restore the file from a copy.`);
  }

  /** Reads the statements of a file, and adds them to the others. */
  async #loadStatements<T>(file: string, parsed: (value: unknown) => T, isWholeOne: (statement: T) => boolean, others: T[]): Promise<void> {
    if (!existsSync(file)) return;
    const damaged = (why: string): Error => new RecordDamaged(`${file} is not what this witness wrote: ${why}. Restore the file from a copy.`);
    for await (const line of bundleLines(createReadStream(file) as AsyncIterable<Buffer>)) {
      try {
        const statement = parsed(parseJson(line));
        if (!isWholeOne(statement)) throw damaged('the signatures of a statement are wrong');
        others.push(statement);
      } catch (error) {
        throw error instanceof UnreadableCheckpoint ? damaged(error.message) : error;
      }
    }
  }

  #take(checkpoint: CountersignedCheckpoint, bytes: number): void {
    const { signature, keyId, statement: { storeId, events } } = checkpoint;
    this.#lines.set(signature, this.#begins.length - 1);
    this.#begins.push((this.#begins.at(-1) ?? 0) + bytes);
    const log = this.#logs.get(storeId);
    this.#logs.set(storeId, { storeId, checkpoints: (log?.checkpoints ?? 0) + 1, latest: log && log.latest.statement.events >= events ? log.latest : checkpoint });
    // A log that was written anew goes on where the one before ended.
    if (events >= (this.#latestBy.get(keyId)?.statement.events ?? 0)) this.#latestBy.set(keyId, checkpoint);
  }

  #textOf(line: number): string {
    const [begin = 0, end = begin] = [this.#begins[line], this.#begins[line + 1]];
    const bytes = Buffer.alloc(Math.max(0, end - begin - 1));
    const descriptor = openSync(this.file, 'r');
    try {
      if (fstatSync(descriptor).size < end) throw new RecordDamaged(`${this.file} was cut off by another program. Restore it from a copy and start the witness again.`);
      readSync(descriptor, bytes, 0, bytes.length, begin);
    } finally {
      closeSync(descriptor);
    }
    return bytes.toString('utf8');
  }
}

/** Lines that a page looks at. */
const MOST_LOOKED_AT = 10_000;
