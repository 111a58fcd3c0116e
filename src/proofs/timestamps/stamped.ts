import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../eventstore/eventHash';
import { AppendedLines, appendLine, completeLines } from '../../files/appendOnlyFile';
import { type CheckpointDirectory, STAMPED_FILE } from '../checkpoints/directory';
import { parseJson, type SignedCheckpoint, UnreadableCheckpoint } from '../checkpoints/statement';
import { type StampedCheckpoint, stampedOf } from './stampedCheckpoint';

/** The checkpoints of one log that have a time stamp: an append-only file in their directory, which tells where stamping goes on after a restart. */
export class StampedCheckpoints {
  readonly #file: string;
  readonly #lines: AppendedLines;
  readonly #signatures = new Set<string>();
  #fewestEvents = Infinity;

  /** @param storeId UUID of the log; checkpoints of other logs in the same directory are ignored. */
  constructor(
    directory: string,
    private readonly storeId: string,
    private readonly checkpoints: CheckpointDirectory,
  ) {
    this.#file = join(directory, STAMPED_FILE);
    this.#lines = new AppendedLines(this.#file);
  }

  /** The checkpoints that are to be stamped: those without a stamp from the first one on that has one, or the latest where none has. */
  waiting(): readonly SignedCheckpoint[] {
    this.#read();
    const latest = this.checkpoints.latest();
    if (this.#signatures.size === 0) return latest ? [latest] : [];
    return this.checkpoints.all().filter((checkpoint) => checkpoint.statement.events >= this.#fewestEvents && !this.#signatures.has(checkpoint.signature));
  }

  /** The stamped checkpoint over the most events, at most that many. What a restore of the log gave up is left out. */
  latest(mostEvents: number): StampedCheckpoint | undefined {
    const texts = existsSync(this.#file) ? completeLines(readFileSync(this.#file, 'utf8')) : [];
    const { keys } = this.checkpoints;
    const all = texts.map(parsedLine).filter((one) => one?.statement.storeId === this.storeId && one.statement.events <= mostEvents && keys.restoreBefore(one.statement) === undefined);
    return all.sort((a, b) => (a?.statement.events ?? 0) - (b?.statement.events ?? 0)).at(-1);
  }

  /** The time stamps of those of these checkpoints that have one, by the signatures of the checkpoints. */
  tokensOf(checkpoints: readonly SignedCheckpoint[]): ReadonlyMap<string, string> {
    this.#read();
    const wanted = new Set(checkpoints.map(({ signature }) => signature).filter((signature) => this.#signatures.has(signature)));
    if (wanted.size === 0) return new Map();
    const stamped = completeLines(readFileSync(this.#file, 'utf8')).map(parsedLine);
    return new Map(stamped.flatMap((one) => (one && wanted.has(one.signature) ? [[one.signature, one.timeStamp] as const] : [])));
  }

  /** Adds a stamped checkpoint. It is on disk when this returns. */
  add(checkpoint: StampedCheckpoint): void {
    appendLine(this.#file, canonicalJson(checkpoint));
    this.#read();
  }

  #read(): void {
    const { lines, isAnew } = this.#lines.next();
    if (isAnew) {
      this.#signatures.clear();
      this.#fewestEvents = Infinity;
    }
    for (const line of lines) {
      const checkpoint = parsedLine(line);
      if (checkpoint?.statement.storeId !== this.storeId) continue;
      this.#signatures.add(checkpoint.signature);
      this.#fewestEvents = Math.min(this.#fewestEvents, checkpoint.statement.events);
    }
  }
}

/** A damaged line counts for nothing: its checkpoint is stamped again. */
function parsedLine(line: string): StampedCheckpoint | undefined {
  try {
    return stampedOf(parseJson(line));
  } catch (error) {
    if (error instanceof UnreadableCheckpoint) return undefined;
    throw error;
  }
}
