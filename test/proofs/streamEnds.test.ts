import fc from 'fast-check';
import { type StreamEnd, StreamEnds } from '../../src/proofs/streamEnds';

describe('the ends of the streams of a log', () => {
  it('are the same for any number of streams and any number of them in memory', () => {
    const use = fc.record({ stream: fc.integer({ min: 0, max: 9 }).map(String), revision: fc.nat(), sets: fc.boolean() });
    fc.assert(fc.property(fc.array(use, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (uses, maxRecent) => {
      const [ends, expected] = [new StreamEnds(maxRecent), new Map<string, StreamEnd>()];
      try {
        for (const { stream, revision, sets } of uses) {
          expect(ends.get(stream)).toEqual(expected.get(stream));
          if (!sets) continue;
          const end = { revision, hash: `hash of ${stream}:${revision}` };
          ends.set(stream, end);
          expected.set(stream, end);
        }
        for (const [stream, end] of expected) expect(ends.get(stream)).toEqual(end);
      } finally {
        ends.close();
      }
    }));
  });
});
