import type { StoredEvent } from '../eventstore/eventStore';

interface Head {
  readonly rest: AsyncIterator<StoredEvent>;
  readonly event: StoredEvent;
}

/**
 * The events of several streams in log order, each stream up to the first event that `isWanted` refuses. Streams are read
 * no further than that.
 */
export async function* mergedStreams(streams: readonly AsyncIterable<StoredEvent>[], isWanted: (event: StoredEvent) => boolean): AsyncGenerator<StoredEvent, void, undefined> {
  const open = new Set<AsyncIterator<StoredEvent>>();
  const headOf = async (rest: AsyncIterator<StoredEvent>): Promise<readonly Head[]> => {
    const next = await rest.next();
    if (next.done !== true && isWanted(next.value)) return [{ rest, event: next.value }];
    open.delete(rest);
    if (next.done !== true) await rest.return?.();
    return [];
  };
  try {
    let heads: readonly Head[] = [];
    for (const stream of streams) {
      const rest = stream[Symbol.asyncIterator]();
      open.add(rest);
      heads = [...heads, ...(await headOf(rest))];
    }
    for (let next = earliest(heads); next !== undefined; next = earliest(heads)) {
      const { event, rest } = next;
      yield event;
      const following = await headOf(rest);
      heads = [...heads.filter((head) => head !== next), ...following];
    }
  } finally {
    for (const rest of open) await rest.return?.();
  }
}

const earliest = (heads: readonly Head[]): Head | undefined =>
  heads.reduce<Head | undefined>((first, head) => (first === undefined || head.event.position < first.event.position ? head : first), undefined);
