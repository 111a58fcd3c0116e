import type { Position } from '@eventstore/db-client';
import { LRUCache } from 'lru-cache';
import { type LogPosition, START } from '../eventStore';

/** Enough digits for every unsigned 64-bit number, so that positions compare as their numbers do. */
const DIGITS = 20;
const SHAPE = /^(\d{20})-(\d{20})$/;

/** Formats a position in the server's log: commit position, then prepare position. */
export const formatPosition = ({ commit, prepare }: Position): LogPosition => `${padded(commit)}-${padded(prepare)}`;

/**
 * Parses a position. Returns null for `START`.
 * @throws RangeError when the text is not a position of this store.
 */
export function parsePosition(position: LogPosition): Position | null {
  if (position === START) return null;
  const [, commit, prepare] = SHAPE.exec(position) ?? [];
  if (commit === undefined || prepare === undefined) {
    throw new RangeError(`"${position}" is not a position of this store; a position has twice ${DIGITS} digits with a - between, or is empty for the start`);
  }
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
}

const padded = (number: bigint): string => String(number).padStart(DIGITS, '0');

interface Head {
  readonly revision: number;
  readonly hash: string;
}

/** Heads of this many streams are kept. Beyond that, the one that was used longest ago is dropped. */
const MAX_STREAMS = 10_000;

/**
 * The hash of the latest known event of each stream, to which the next event is chained. Only events that were read are
 * noted: the log may hold other contents than this process sent, when the same ids were sent before.
 */
export class EventStoreDbHeads {
  readonly #heads = new LRUCache<string, Head>({ max: MAX_STREAMS });

  /** The hash of that event, if it is the latest known one of its stream. */
  hashOf(stream: string, revision: number): string | undefined {
    const head = this.#heads.get(stream);
    return head?.revision === revision ? head.hash : undefined;
  }

  /** Notes an event that was read, unless a later one of the stream is known. */
  note({ stream, revision, hash }: { readonly stream: string } & Head): void {
    const known = this.#heads.get(stream);
    if (known && known.revision > revision) return;
    this.#heads.set(stream, { revision, hash });
  }

  /** Removes all entries, for example because the server may have been restored from a backup. */
  clear(): void {
    this.#heads.clear();
  }
}
