import type { EventStore, StoredEvent } from '../../eventstore/eventStore';

/** The place of an event in the log. */
export interface EventPlace {
  readonly stream: string;
  readonly revision: number;
}

/** Streams read at the same time; the rest are read afterwards. */
const STREAMS_AT_ONCE = 16;

/** Two wanted events with no more revisions than this between them are read with one call. */
const MAX_GAP = 16;

interface Run {
  readonly stream: string;
  readonly first: number;
  readonly last: number;
}

/**
 * Reads the events at these places, in the order of the places. Neighbours in a stream are read with one call.
 * @throws Error when a place has no event.
 * @throws StoreUnavailable
 */
export async function readEventsAt(store: EventStore, places: readonly EventPlace[]): Promise<readonly StoredEvent[]> {
  const found = new Map<string, StoredEvent>();
  const runs = runsOf(places);
  for (let start = 0; start < runs.length; start += STREAMS_AT_ONCE) {
    await Promise.all(runs.slice(start, start + STREAMS_AT_ONCE).map((run) => readRun(store, run, found)));
  }
  return places.map((place) => {
    const event = found.get(keyOf(place));
    if (!event) throw new Error(`${place.stream} has no event at revision ${place.revision}, although the read models have applied one.`);
    return event;
  });
}

/** A text of its own for each place. */
export const keyOf = ({ stream, revision }: EventPlace): string => `${revision} ${stream}`;

async function readRun(store: EventStore, { stream, first, last }: Run, found: Map<string, StoredEvent>): Promise<void> {
  for await (const event of store.readStream(stream, { fromRevision: first, maxCount: last - first + 1 })) found.set(keyOf(event), event);
}

function runsOf(places: readonly EventPlace[]): readonly Run[] {
  const sorted = [...places].sort((a, b) => (a.stream === b.stream ? a.revision - b.revision : a.stream < b.stream ? -1 : 1));
  const runs: Run[] = [];
  for (const { stream, revision } of sorted) {
    const latest = runs.at(-1);
    if (latest?.stream === stream && revision - latest.last <= MAX_GAP + 1) runs.splice(-1, 1, { ...latest, last: revision });
    else runs.push({ stream, first: revision, last: revision });
  }
  return runs;
}
