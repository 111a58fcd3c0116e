import type { RawEvent } from '../../eventstore/rawEvents';
import type { EventTree, TreeEvent } from '../eventTree';
import { compareLeaves, type LeafDifference, type LeafEvent } from './differences';
import type { Finding } from './findings';

/** So many events from the first difference on are compared one by one, in about 300 MB. */
export const MAX_COMPARED = 200_000;

export interface Compared {
  readonly difference: LeafDifference;
  /** The events of the tree that were compared one by one. */
  readonly known: readonly TreeEvent[];
  /** Number of events of the tree behind these, which the log does not reach. */
  readonly unreached: number;
  /** Says from where on events differ that were not compared one by one; empty where there are none. */
  readonly further: readonly Finding[];
}

/**
 * Compares the events of a log with those of the tree that was kept beside it, from the first difference on: so many of them one by one, wherever they stand. The events after these
 * are compared in the order in which they stand, so that any number of events takes the same memory.
 */
export class TreeComparison {
  readonly #leaves: LeafEvent[] = [];
  #compared: Omit<Compared, 'further'> | undefined;
  #rest: Iterator<TreeEvent, void> | undefined;
  #further: string | undefined;

  /** @param from the number of the first event that is compared. Those before it are the same. */
  constructor(private readonly tree: EventTree, readonly from: number, private readonly maxCompared: number) {}

  /** Takes the next event of the log. */
  take(event: RawEvent): void {
    if (this.#compared === undefined && this.#leaves.length === this.maxCompared) this.#compareFirst();
    if (this.#compared === undefined) this.#leaves.push(leafOf(event));
    else this.#follow(event);
  }

  /** Call it after the last event of the log. */
  result(): Compared {
    if (this.#compared === undefined) {
      const known = this.#known(this.#leaves.length + this.maxCompared);
      return { difference: compareLeaves(known, this.#leaves), known, unreached: Math.max(this.tree.size - this.from - known.length, 0), further: [] };
    }
    // Events that are newer than the tree are no difference, and missing ones are.
    const left = this.#rest?.next();
    if (left && left.done !== true) this.#further ??= left.value.position;
    return { ...this.#compared, further: this.#further === undefined ? [] : [furtherFrom(this.#further, this.maxCompared)] };
  }

  #known(most: number): readonly TreeEvent[] {
    const known: TreeEvent[] = [];
    for (const event of this.tree.events(this.from)) if (known.push(event) === most) break;
    return known;
  }

  /** What does not fit at the end of the events so far may fit to what follows them. */
  #compareFirst(): void {
    const known = this.#known(this.maxCompared);
    const difference = compareLeaves(known, this.#leaves);
    this.#compared = { known, difference: { ...difference, lostTail: [], newTail: [] }, unreached: 0 };
    this.#rest = this.tree.events(this.from + difference.aligned.known);
    for (const leaf of this.#leaves.splice(0).slice(difference.aligned.log)) this.#follow(leaf);
  }

  #follow({ hash, position }: Pick<LeafEvent, 'hash' | 'position'>): void {
    const known = this.#further === undefined ? this.#rest?.next() : undefined;
    if (known && known.done !== true && known.value.hash !== hash) this.#further = position;
  }
}

const furtherFrom = (position: string, maxCompared: number): Finding => ({
  what: 'HISTORY_REWRITTEN', position,
  message: `From here on there are further differences. They are not named one by one, because more than ${maxCompared.toLocaleString('en')} events follow the first difference.`,
});

/** The fields of an event that are compared. */
export const leafOf = ({ hash, position, stream, revision, occurredAt }: RawEvent): LeafEvent => ({ hash, position, stream, revision, occurredAt });
