import fc from 'fast-check';
import { EmbeddedEventStore } from '../../../src/eventstore/embedded/store';
import { NO_STREAM, type EventToAppend } from '../../../src/eventstore/eventStore';
import { temporaryDirectory } from '../../support/temporaryDirectory';
import { collect, sampleEvents } from '../sampleEvents';

/** What a log is, as plainly as it can be said. */
class ModelLog {
  readonly log: { readonly stream: string; readonly id: string }[] = [];
  private readonly streams = new Map<string, string[]>();

  append(stream: string, events: readonly EventToAppend[], expectedRevision: number): number | 'refused' {
    const ids = events.map((event) => event.id);
    const inStream = this.streams.get(stream) ?? [];
    const there = inStream.slice(expectedRevision + 1, expectedRevision + 1 + ids.length);
    if (there.length === ids.length && there.every((id, index) => id === ids[index])) return expectedRevision + ids.length;
    if (inStream.length - 1 !== expectedRevision || ids.some((id) => this.log.some((entry) => entry.id === id))) return 'refused';
    this.streams.set(stream, [...inStream, ...ids]);
    this.log.push(...ids.map((id) => ({ stream, id })));
    return expectedRevision + ids.length;
  }

  revision(stream: string): number {
    return (this.streams.get(stream)?.length ?? 0) - 1;
  }

  ids(stream: string): readonly string[] {
    return this.streams.get(stream) ?? [];
  }
}

interface Append {
  readonly kind: 'append';
  readonly stream: string;
  readonly count: number;
  /** Added to the stream's revision. */
  readonly off: number;
  /** The earlier append whose events are sent again instead of new ones; null for none. */
  readonly again: number | null;
}

const streams = fc.constantFrom('a', 'b', 'c');
const append: fc.Arbitrary<Append> = fc.record({
  kind: fc.constant('append'),
  stream: streams,
  count: fc.integer({ min: 1, max: 3 }),
  off: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) }),
  again: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat() }),
});
const step = fc.oneof({ weight: 6, arbitrary: fc.array(append, { minLength: 1, maxLength: 8 }) }, { weight: 1, arbitrary: fc.constant('reopen' as const) });

interface Sent {
  readonly stream: string;
  readonly events: readonly EventToAppend[];
  readonly expectedRevision: number;
}

function toSend({ stream, count, off, again }: Append, model: ModelLog, sent: readonly Sent[]): Sent {
  const earlier = again === null ? undefined : sent[again % Math.max(1, sent.length)];
  // Sometimes an exact retry, sometimes the same ids elsewhere.
  if (earlier !== undefined && off === 0) return earlier;
  return { stream, events: earlier?.events ?? sampleEvents(count), expectedRevision: Math.max(NO_STREAM, model.revision(stream) + off) };
}

describe('the embedded store', () => {
  it('behaves like the model of a log for generated sequences of concurrent appends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const directory = temporaryDirectory();
        let store = EmbeddedEventStore.open(directory.path);
        try {
          const model = new ModelLog();
          const sent: Sent[] = [];
          for (const one of steps) {
            if (one === 'reopen') {
              await store.close();
              store = EmbeddedEventStore.open(directory.path);
              continue;
            }
            const expected: (number | 'refused')[] = [];
            const answers: Promise<number | 'refused'>[] = [];
            for (const each of one) {
              const { stream, events, expectedRevision } = toSend(each, model, sent);
              sent.push({ stream, events, expectedRevision });
              expected.push(model.append(stream, events, expectedRevision));
              answers.push(store.append(stream, events, expectedRevision).then(({ revision }) => revision, () => 'refused' as const));
            }
            expect(await Promise.all(answers)).toEqual(expected);
          }
          expect((await collect(store.readAll())).map(({ stream, id }) => ({ stream, id }))).toEqual(model.log);
          for (const stream of ['a', 'b', 'c']) {
            const stored = await collect(store.readStream(stream));
            expect(stored.map(({ id }) => id)).toEqual(model.ids(stream));
            expect(stored.map(({ revision }) => revision)).toEqual(stored.map((_, index) => index));
          }
        } finally {
          await store.close();
          directory.remove();
        }
      }),
      { numRuns: 60 },
    );
  });
});
