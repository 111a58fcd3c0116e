interface Head {
  readonly revision: number;
  readonly hash: string;
}

/** So many streams are remembered, those that were seen last. */
const MOST_STREAMS = 10_000;

/**
 * Hashes of the events that were seen last in their streams: what the next event is chained to. Only events that were
 * read count. What this process sent need not be what the log holds, since somebody else may have sent the same ids before.
 */
export class EventStoreDbHeads {
  readonly #heads = new Map<string, Head>();

  /** The hash of that event, if it is the last one seen in its stream. */
  hashOf(stream: string, revision: number): string | undefined {
    const head = this.#heads.get(stream);
    return head?.revision === revision ? head.hash : undefined;
  }

  /** Remembers an event that was read; older ones than the last one seen do not count. */
  note({ stream, revision, hash }: { readonly stream: string } & Head): void {
    const known = this.#heads.get(stream);
    if (known && known.revision > revision) return;
    this.#heads.delete(stream);
    this.#heads.set(stream, { revision, hash });
    if (this.#heads.size <= MOST_STREAMS) return;
    const [oldest] = this.#heads.keys();
    if (oldest !== undefined) this.#heads.delete(oldest);
  }

  /** Forgets everything, for example since the server may have been restored. */
  clear(): void {
    this.#heads.clear();
  }
}
