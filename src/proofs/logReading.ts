import type { RawEvent, RawLog } from '../eventstore/rawEvents';
import type { LogPosition } from '../eventstore/eventStore';
import { ChainCheck } from './chainCheck';
import type { CheckpointStatement } from './checkpointStatement';
import type { EventTree, TreeEvent } from './eventTree';
import type { FoundAt } from './findings';
import { GrowingTree, leafHash } from './merkleTree';

/** What is known of a log after it was read once from its beginning to its end. */
export interface LogReading {
  readonly events: number;
  /** of the last event; empty for an empty log. */
  readonly position: LogPosition;
  /** streams in which something does not fit. */
  readonly suspects: ReadonlySet<string>;
  /** first and last position of each gap, in a log that has none. */
  readonly gaps: readonly (readonly [first: LogPosition, last: LogPosition])[];
  /** events at positions before the first one, in a log that begins with 1. */
  readonly misplaced: readonly FoundAt[];
  /** events of the last checkpoint that the log agrees with; 0 for none. */
  readonly agreedEvents: number;
  /** the first checkpoint that it does not agree with, or that it does not reach. */
  readonly contradicted: CheckpointStatement | undefined;
  /** whether the log begins with all that the tree holds. */
  readonly agreesWithTree: boolean;
  /** why it could not be read to its end. */
  readonly unreadable: string | undefined;
}

/** Reads the log once. @param onEvent is told of each event, with how many there were before it. */
export async function readLog(log: RawLog, statements: readonly CheckpointStatement[], tree: EventTree | null, onEvent: (events: number) => void): Promise<LogReading> {
  const reader = new Reader(log.isDense, statements, tree);
  let unreadable: string | undefined;
  try {
    for await (const event of log.events()) {
      onEvent(reader.events);
      reader.take(event);
    }
  } catch (error) {
    unreadable = error instanceof Error ? error.message : String(error);
  }
  return { ...reader.result(), unreadable };
}

class Reader {
  readonly #chain = new ChainCheck();
  readonly #growing = new GrowingTree();
  readonly #known: Iterator<TreeEvent> | undefined;
  readonly #gaps: (readonly [LogPosition, LogPosition])[] = [];
  readonly #misplaced: FoundAt[] = [];
  #position: LogPosition = '';
  #agreesWithTree = true;
  #agreedEvents = 0;
  #contradicted: CheckpointStatement | undefined;
  #nextStatement = 0;

  constructor(
    private readonly isDense: boolean,
    private readonly statements: readonly CheckpointStatement[],
    tree: EventTree | null,
  ) {
    this.#known = tree?.events();
  }

  get events(): number {
    return this.#growing.size;
  }

  take(event: RawEvent): void {
    this.#chain.take(event);
    this.#growing.add(leafHash(Buffer.from(event.hash, 'hex')));
    if (this.isDense) this.#notePlace(event);
    this.#position = event.position;
    const known = this.#agreesWithTree ? this.#known?.next() : undefined;
    if (known && known.done !== true && (known.value.hash !== event.hash || known.value.position !== event.position)) this.#agreesWithTree = false;
    this.#compare();
  }

  result(): Omit<LogReading, 'unreadable'> {
    const more = this.#agreesWithTree ? this.#known?.next() : undefined;
    return {
      events: this.events,
      position: this.#position,
      suspects: this.#chain.suspects,
      gaps: this.#gaps,
      misplaced: this.#misplaced,
      agreedEvents: this.#agreedEvents,
      contradicted: this.#contradicted ?? this.statements[this.#nextStatement],
      agreesWithTree: this.#agreesWithTree && (more === undefined || more.done === true),
    };
  }

  #compare(): void {
    for (let statement = this.statements[this.#nextStatement]; statement?.events === this.events; statement = this.statements[this.#nextStatement]) {
      if (statement.root === this.#growing.root().toString('hex') && statement.position === this.#position && !this.#contradicted) this.#agreedEvents = statement.events;
      else this.#contradicted ??= statement;
      this.#nextStatement += 1;
    }
  }

  #notePlace({ stream, revision, position }: RawEvent): void {
    const [before, at] = [Math.max(Number(this.#position), 0), Number(position)];
    if (at < 1) this.#misplaced.push({ stream, revision, position });
    if (at > before + 1) this.#gaps.push([formatted(before + 1, position), formatted(at - 1, position)]);
  }
}

const formatted = (number: number, like: LogPosition): LogPosition => String(number).padStart(like.length, '0');
