import type { LogPosition } from '../eventstore/eventStore';
import { keysetPage, type KeysetWalk } from '../projections/keysetPage';
import type { Page } from '../projections/page';
import type { PageArguments } from '../projections/pageArguments';
import { queryDigest } from '../projections/pageCursor';
import type { CheckpointDirectory } from './checkpointDirectory';
import { statementText, type SignedCheckpoint } from './checkpointStatement';
import type { EventTree } from './eventTree';
import type { CheckpointRow, ConsistencyProofRow, InclusionProofRow } from './proofRows';

/** There is no such proof; the message says why. */
export class NotProvable extends Error {
  override readonly name = 'NotProvable';
}

/** Numbers are compared as texts in cursors, so they get the same width. */
const DIGITS = 16;

/** What is asked about checkpoints and proofs. */
export class ProofQueries {
  /** @param opened what proofs are made from; null as long as the log is not known yet. */
  constructor(private readonly opened: () => { readonly tree: EventTree; readonly checkpoints: CheckpointDirectory } | null) {}

  /** The signed checkpoints, oldest first. @throws InvalidPage, InvalidCursor */
  page(pageArguments: PageArguments): Page<CheckpointRow> {
    const checkpoints = this.opened()?.checkpoints.all() ?? [];
    const list = {
      digest: queryDigest('checkpoints'),
      placeOf: (row: CheckpointRow) => ({ key: keyOf(row.events, row.time), id: row.signature }),
      rows: (walk: KeysetWalk) => walked(checkpoints, walk),
    };
    return keysetPage(list, pageArguments);
  }

  /** The checkpoint over the most events; undefined while there is none. */
  latest(): CheckpointRow | undefined {
    const latest = this.opened()?.checkpoints.latest();
    return latest && rowOf(latest);
  }

  /**
   * That the event at `position` is in the log of the checkpoint at position `checkpoint`.
   * @throws NotProvable where there is no such event or checkpoint, or the event came later.
   */
  inclusion(position: LogPosition, checkpoint: LogPosition): InclusionProofRow {
    const { tree, statement } = this.#at(checkpoint);
    const leafIndex = tree.indexOf(position);
    if (leafIndex === undefined) throw new NotProvable(`No event stands at position ${position}.`);
    if (leafIndex >= statement.events) throw new NotProvable(`The event at position ${position} came after the checkpoint at ${checkpoint}.`);
    return { eventHash: tree.eventAt(leafIndex).hash, leafIndex, treeSize: statement.events, root: statement.root, path: hexOf(tree.inclusionPath(leafIndex, statement.events)) };
  }

  /** That the log of the checkpoint at `to` begins with that of the one at `from`. @throws NotProvable where one is missing, or `to` is the older one. */
  consistency(from: LogPosition, to: LogPosition): ConsistencyProofRow {
    const [{ statement: older }, { statement: newer, tree }] = [this.#at(from), this.#at(to)];
    if (older.events > newer.events) throw new NotProvable(`The checkpoint at ${from} is newer than the one at ${to}; ask the other way round.`);
    return { fromSize: older.events, fromRoot: older.root, toSize: newer.events, toRoot: newer.root, path: hexOf(tree.consistencyPath(older.events, newer.events)) };
  }

  #at(position: LogPosition): { readonly tree: EventTree; readonly statement: SignedCheckpoint['statement'] } {
    const opened = this.opened();
    const found = opened?.checkpoints.all().find(({ statement }) => statement.position === position);
    if (!opened || !found) throw new NotProvable(`No checkpoint was signed at position ${position}; "checkpoints" lists those that were.`);
    if (found.statement.events > opened.tree.size) throw new NotProvable(`The checkpoint at position ${position} cannot be proved yet: the tree over the log is being filled. Ask again.`);
    return { tree: opened.tree, statement: found.statement };
  }
}

const hexOf = (hashes: readonly Buffer[]): readonly string[] => hashes.map((one) => one.toString('hex'));

const keyOf = (events: number, time: string): string => `${String(events).padStart(DIGITS, '0')} ${time}`;

const rowOf = (checkpoint: SignedCheckpoint): CheckpointRow => {
  const { statement, keyId, publicKey, signature } = checkpoint;
  const { storeId, position, events, root, time } = statement;
  return { storeId, position, events, root, time, keyId, publicKey, signature, statement: statementText(statement) };
};

function walked(checkpoints: readonly SignedCheckpoint[], { backwards, from, fromInclusive, until, limit }: KeysetWalk): readonly CheckpointRow[] {
  const placed = checkpoints.map((checkpoint) => ({ checkpoint, place: `${keyOf(checkpoint.statement.events, checkpoint.statement.time)} ${checkpoint.signature}` }));
  const ordered = backwards ? placed.reverse() : placed;
  const textOf = (place: KeysetWalk['from']): string | null => (place === null ? null : `${place.key ?? ''} ${place.id}`);
  const [first, last] = [textOf(from), textOf(until)];
  const isOnward = (a: string, b: string): boolean => (backwards ? a < b : a > b);
  return ordered
    .filter(({ place }) => (first === null || isOnward(place, first) || (fromInclusive && place === first)) && (last === null || isOnward(last, place)))
    .slice(0, limit)
    .map(({ checkpoint }) => rowOf(checkpoint));
}
