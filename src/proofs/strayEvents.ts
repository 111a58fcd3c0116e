import { eventHash, FIRST_PREVIOUS_HASH } from '../eventstore/eventHash';
import type { RawEvent } from '../eventstore/rawEvents';
import { streamGaps } from './chainCheck';
import { about, type Finding } from './findings';

/** So many pairs of a gap and an event are tried at most. */
const MAX_TRIED = 200_000;

/**
 * Puts events back whose stream or revision was edited: what is missing in one of the streams, and stands there or in
 * another one under a wrong name. The lists of `streams`, each in log order, are changed.
 * @returns what was found.
 */
export function takeHome(streams: Map<string, RawEvent[]>): readonly Finding[] {
  const findings: Finding[] = [];
  const all = [...streams.values()].flat();
  let tried = 0;
  for (const [stream, events] of [...streams]) {
    for (const { before, first: revision } of streamGaps(events)) {
      tried += all.length;
      if (tried > MAX_TRIED) return findings;
      const previous = before?.hash ?? FIRST_PREVIOUS_HASH;
      const stray = all.find((event) => (event.stream !== stream || event.revision !== revision) && eventHash(previous, { ...event, stream, revision }) === event.hash);
      if (!stray) continue;
      const home = { ...stray, stream, revision };
      streams.set(stray.stream, (streams.get(stray.stream) ?? []).filter((event) => event !== stray));
      streams.set(stream, [...(streams.get(stream) ?? []), home].sort((a, b) => (a.position < b.position ? -1 : 1)));
      findings.push(about('EVENT_EDITED', home, `It is stored as revision ${stray.revision} of ${stray.stream}, which is not what its hash was made of.`));
    }
  }
  return findings;
}
