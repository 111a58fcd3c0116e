import { drive, type DriveOptions, type ProjectionEngine } from '../../../src/projections/engine/drive';
import { logOf } from '../givenProjector';
import { ScriptedEventStore } from '../scriptedEventStore';

const { events } = logOf(['A', 'B', 'C', 'D', 'E']);

/** Notes what an engine is called with. */
function givenEngine(): { readonly calls: string[]; readonly engine: ProjectionEngine } {
  const calls: string[] = [];
  const engine: ProjectionEngine = {
    apply: (batch) => { calls.push(batch.map(({ type }) => type).join('')); },
    *finish() {
      for (const step of ['first step', 'last step']) {
        calls.push(step);
        yield;
      }
    },
  };
  return { calls, engine };
}

const readLog = async (options: DriveOptions): Promise<readonly [boolean, readonly string[]]> => {
  const { calls, engine } = givenEngine();
  return [await drive(new ScriptedEventStore(events).readAll(), engine, options), calls];
};

const follow = async (options: DriveOptions, batchSize: number): Promise<readonly [boolean, readonly string[]]> => {
  const { calls, engine } = givenEngine();
  const stopping = new AbortController();
  const onProgress = (applied: number, caughtUp: boolean): void => {
    options.onProgress?.(applied, caughtUp);
    if (caughtUp) stopping.abort();
  };
  return [await drive(new ScriptedEventStore(events, batchSize).subscribeAll('', stopping.signal), engine, { signal: stopping.signal, ...options, onProgress }), calls];
};

describe('drive', () => {
  it('applies single events in batches and finishes step by step', async () => {
    expect(await readLog({ batch: 2 })).toEqual([true, ['AB', 'CD', 'E', 'first step', 'last step']]);
  });

  it('applies no event after the last position asked for', async () => {
    expect(await readLog({ batch: 2, until: events[2]!.position })).toEqual([true, ['AB', 'C', 'first step', 'last step']]);
    expect(await readLog({ until: '' })).toEqual([true, ['first step', 'last step']]);
  });

  it('cuts the batches of a subscription, and does not wait for a full one', async () => {
    expect(await follow({ batch: 2 }, 3)).toEqual([false, ['AB', 'C', 'DE']]);
  });

  it('reports how many events were applied, and when the source had nothing newer', async () => {
    const progress: unknown[] = [];
    await follow({ batch: 2, onProgress: (...reported) => progress.push(reported) }, 3);
    expect(progress).toEqual([[2, false], [3, false], [5, true]]);
  });

  it('ends without finishing when the signal aborts', async () => {
    const stopping = new AbortController();
    expect(await readLog({ batch: 2, signal: stopping.signal, onProgress: () => { stopping.abort(); } })).toEqual([false, ['AB']]);
  });

  it('ends as soon as it is done, and closes the source', async () => {
    const closed = jest.fn();
    const source = async function* (): AsyncGenerator<(typeof events)[number], void, undefined> {
      try {
        yield* events;
      } finally {
        closed();
      }
    };
    const { calls, engine } = givenEngine();
    await drive(source(), engine, { batch: 2, isDone: () => calls.length === 2 });
    expect(calls).toEqual(['AB', 'CD', 'first step', 'last step']);
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it('yields to other work between batches', async () => {
    const turns: number[] = [];
    let turn = 0;
    const count = (): void => { turn += 1; counting = setImmediate(count); };
    let counting = setImmediate(count);
    await readLog({ batch: 1, onProgress: () => turns.push(turn) });
    clearImmediate(counting);
    expect(new Set(turns).size).toBe(events.length);
  });
});
