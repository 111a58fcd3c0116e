import type { LogPosition } from '../eventstore/eventStore';
import { keysetPage, type KeysetWalk } from '../projections/paging/keyset';
import { type Page, type PageArguments, queryDigest } from '../projections/paging/page';
import type { Countersignature } from './checkpoints/countersignature';
import type { CountersignedCheckpoints } from './checkpoints/countersigned';
import type { CheckpointDirectory } from './checkpoints/directory';
import { type SignedCheckpoint, statementText } from './checkpoints/statement';
import type { EventTree } from './eventTree';
import type { StampedCheckpoints } from './timestamps/stamped';

/** What a witness has countersigned a checkpoint with, as queries return it. */
export type CountersignatureRow = Countersignature;

/** A signed checkpoint as queries return it. */
export interface CheckpointRow {
  readonly storeId: string;
  readonly position: LogPosition;
  readonly events: number;
  /** Root in hex. */
  readonly root: string;
  readonly time: string;
  readonly keyId: string;
  /** Public key, SPKI in base64. */
  readonly publicKey: string;
  /** The text that is signed. */
  readonly statement: string;
  /** Signature in base64. */
  readonly signature: string;
  /** How the log contradicts its signed checkpoints. Null while it does not. */
  readonly contradiction: string | null;
  /** What witnesses have countersigned it with, one of each. */
  readonly countersignatures: readonly CountersignatureRow[];
  /** The time stamp of an authority, a token of RFC 3161 in base64; null without one. */
  readonly timeStamp: string | null;
}

/** What is known of the proofs of a log. */
interface OpenedProofs {
  readonly tree: EventTree;
  readonly checkpoints: CheckpointDirectory;
  /** Compares the log with the checkpoints. */
  readonly checkpointer: { readonly contradiction: string | undefined };
  readonly countersigned: Pick<CountersignedCheckpoints, 'of'>;
  readonly stamped: Pick<StampedCheckpoints, 'tokensOf'>;
}

/** Proves that an event is in the log that a checkpoint covers. */
export interface InclusionProofRow {
  /** Hash of the event in hex. */
  readonly eventHash: string;
  /** Number of the event in the log, from 0. */
  readonly leafIndex: number;
  readonly treeSize: number;
  /** Root in hex. */
  readonly root: string;
  /** Hashes in hex, from the leaf upwards. */
  readonly path: readonly string[];
}

/** Proves that the log of one checkpoint begins with that of an earlier one. */
export interface ConsistencyProofRow {
  readonly fromSize: number;
  readonly fromRoot: string;
  readonly toSize: number;
  readonly toRoot: string;
  readonly path: readonly string[];
}

/** The proof does not exist. The message says why. */
export class NotProvable extends Error {
  override readonly name = 'NotProvable';
}

/** Digits of a number in a cursor. Cursors compare as text, so that numbers need the same width. */
const DIGITS = 16;

/** Queries about checkpoints and proofs. */
export class ProofQueries {
  /** @param opened returns the tree and the checkpoints; null until the log is known. */
  constructor(private readonly opened: () => OpenedProofs | null) {}

  /** The signed checkpoints, oldest first. @throws InvalidPage, InvalidCursor */
  page(pageArguments: PageArguments): Page<CheckpointRow> {
    const checkpoints = this.opened()?.checkpoints.all() ?? [];
    const list = {
      digest: queryDigest('checkpoints'),
      placeOf: (row: CheckpointRow) => ({ key: keyOf(row.events, row.time), id: row.signature }),
      rows: (walk: KeysetWalk) => this.#rowsOf(walked(checkpoints, walk)),
    };
    return keysetPage(list, pageArguments);
  }

  /** The checkpoint over the most events, undefined while there is none. */
  latest(): CheckpointRow | undefined {
    const latest = this.opened()?.checkpoints.latest();
    return latest && this.#rowsOf([latest]).at(0);
  }

  /**
   * Proves that the event at `position` is in the log of the checkpoint at position `checkpoint`.
   * @throws NotProvable when there is no such event or checkpoint, or the event is newer.
   */
  inclusion(position: LogPosition, checkpoint: LogPosition): InclusionProofRow {
    const { tree, statement } = this.#at(checkpoint);
    return fromWhole(tree, () => {
      const leafIndex = tree.indexOf(position);
      if (leafIndex === undefined) throw new NotProvable(`No event stands at position ${position}.`);
      if (leafIndex >= statement.events) throw new NotProvable(`The event at position ${position} came after the checkpoint at ${checkpoint}.`);
      return { eventHash: tree.eventAt(leafIndex).hash, leafIndex, treeSize: statement.events, root: statement.root, path: hexOf(tree.inclusionPath(leafIndex, statement.events)) };
    });
  }

  /** Proves that the log of the checkpoint at `to` begins with that of the one at `from`. @throws NotProvable when one is missing, or `to` is the older one. */
  consistency(from: LogPosition, to: LogPosition): ConsistencyProofRow {
    const [{ statement: older }, { statement: newer, tree }] = [this.#at(from), this.#at(to)];
    if (older.events > newer.events) throw new NotProvable(`The checkpoint at ${from} is newer than the one at ${to}; ask the other way round.`);
    return fromWhole(tree, () => ({ fromSize: older.events, fromRoot: older.root, toSize: newer.events, toRoot: newer.root, path: hexOf(tree.consistencyPath(older.events, newer.events)) }));
  }

  #rowsOf(checkpoints: readonly SignedCheckpoint[]): readonly CheckpointRow[] {
    const opened = this.opened();
    // A file is read for them, so only where somebody asks.
    let tokens: ReadonlyMap<string, string> | undefined;
    return checkpoints.map((checkpoint) => {
      const { statement, keyId, publicKey, signature } = checkpoint;
      const { storeId, position, events, root, time } = statement;
      return {
        storeId, position, events, root, time, keyId, publicKey, signature, statement: statementText(statement), contradiction: opened?.checkpointer.contradiction ?? null,
        get countersignatures() {
          return opened?.countersigned.of(checkpoint) ?? [];
        },
        get timeStamp() {
          tokens ??= opened?.stamped.tokensOf(checkpoints) ?? new Map<string, string>();
          return tokens.get(signature) ?? null;
        },
      };
    });
  }

  #at(position: LogPosition): { readonly tree: EventTree; readonly statement: SignedCheckpoint['statement'] } {
    const opened = this.opened();
    const found = opened?.checkpoints.all().find(({ statement }) => statement.position === position);
    if (!opened || !found) throw new NotProvable(`No checkpoint was signed at position ${position}; "checkpoints" lists those that were.`);
    if (found.statement.events > opened.tree.size) throw new NotProvable(`The checkpoint at position ${position} cannot be proved yet: the tree over the log is being filled. Ask again.`);
    return { tree: opened.tree, statement: found.statement };
  }
}

/** Returns a proof from a tree. @throws NotProvable when its file turns out to be damaged. */
function fromWhole<T>(tree: EventTree, proof: () => T): T {
  try {
    return proof();
  } catch (error) {
    if (error instanceof NotProvable || tree.problem === null) throw error;
    throw new NotProvable('This cannot be proved now: the tree over the log is damaged, and is being filled again. Ask again.');
  }
}

const hexOf = (hashes: readonly Buffer[]): readonly string[] => hashes.map((one) => one.toString('hex'));

const keyOf = (events: number, time: string): string => `${String(events).padStart(DIGITS, '0')} ${time}`;

function walked(checkpoints: readonly SignedCheckpoint[], { backwards, from, fromInclusive, until, limit }: KeysetWalk): readonly SignedCheckpoint[] {
  const placed = checkpoints.map((checkpoint) => ({ checkpoint, place: `${keyOf(checkpoint.statement.events, checkpoint.statement.time)} ${checkpoint.signature}` }));
  const ordered = backwards ? placed.reverse() : placed;
  const textOf = (place: KeysetWalk['from']): string | null => (place === null ? null : `${place.key ?? ''} ${place.id}`);
  const [first, last] = [textOf(from), textOf(until)];
  const isOnward = (a: string, b: string): boolean => (backwards ? a < b : a > b);
  return ordered
    .filter(({ place }) => (first === null || isOnward(place, first) || (fromInclusive && place === first)) && (last === null || isOnward(last, place)))
    .slice(0, limit)
    .map(({ checkpoint }) => checkpoint);
}
