import { Emitter, isAborted, KeyedMutex, RecurringTask, Semaphore, Signal } from '../src/concurrency';

const busy = (): Error => new Error('busy');
const LONG = 60_000;

const gate = (): { opened: Promise<void>; open: () => void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
};

/** Lets everything run that waits for nothing but promises. */
const settled = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('Signal', () => {
  it('counts a notification before the wait, and several as one', async () => {
    const signal = new Signal();
    signal.notify();
    signal.notify();
    expect(await signal.wait()).toBe(true);
    expect(await signal.wait({ timeoutMs: 1 })).toBe(false);
  });

  it('ends a wait once, for two notifications before the waiting code has run', async () => {
    const signal = new Signal();
    const waiting = signal.wait();
    signal.notify();
    signal.notify();
    expect(await waiting).toBe(true);
    expect(await signal.wait({ timeoutMs: 1 })).toBe(false);
  });

  it('ends the waits of those whose condition holds, and of no others', async () => {
    const signal = new Signal();
    const reached: number[] = [];
    let position = 0;
    const waits = [1, 2].map(async (wanted) => {
      expect(await signal.wait({ until: () => position >= wanted })).toBe(true);
      reached.push(wanted);
    });
    position = 1;
    signal.notify();
    await settled();
    expect(reached).toEqual([1]);
    expect(signal.waiting).toBe(1);
    position = 2;
    signal.notify();
    await Promise.all(waits);
    expect(signal.waiting).toBe(0);
  });

  it('does not wait for a condition that holds', async () => {
    expect(await new Signal().wait({ until: () => true })).toBe(true);
  });

  it.each<[string, (signal: Signal, abort: AbortController) => void]>([
    ['its signal aborts', (_signal, abort) => { abort.abort(); }],
    ['all waits are released', (signal) => { signal.release(); }],
  ])('ends a wait with false when %s', async (_when, end) => {
    const [signal, abort] = [new Signal(), new AbortController()];
    const waiting = signal.wait({ until: () => false, signal: abort.signal });
    expect(signal.waiting).toBe(1);
    end(signal, abort);
    expect(await waiting).toBe(false);
    expect(signal.waiting).toBe(0);
  });

  it('does not begin to wait when the signal has aborted', async () => {
    expect(await new Signal().wait({ signal: AbortSignal.abort() })).toBe(false);
    expect(isAborted(AbortSignal.abort())).toBe(true);
    expect(isAborted(new AbortController().signal)).toBe(false);
  });
});

describe('Semaphore', () => {
  it('runs as many calls as it has slots, the others in order, whatever becomes of those before them', async () => {
    const semaphore = new Semaphore(2, 10, busy);
    const { opened, open } = gate();
    const begun: number[] = [];
    const calls = [1, 2, 3, 4].map((call) => semaphore.run(async () => {
      begun.push(call);
      await opened;
      if (call === 1) throw new Error('failed');
    }, LONG));
    await settled();
    expect(begun).toEqual([1, 2]);
    expect(semaphore.isIdle).toBe(false);
    open();
    expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(begun).toEqual([1, 2, 3, 4]);
    expect(semaphore.isIdle).toBe(true);
  });

  it('refuses one caller more than may wait, and one that has waited too long, whose place is free again', async () => {
    const semaphore = new Semaphore(1, 1, busy);
    const { opened, open } = gate();
    const running = semaphore.run(() => opened, LONG);
    const late = semaphore.run(() => Promise.resolve('late'), 1);
    await expect(semaphore.run(() => Promise.resolve(), LONG)).rejects.toThrow('busy');
    await expect(late).rejects.toThrow('busy');
    const next = semaphore.run(() => Promise.resolve('next'), LONG);
    open();
    await running;
    expect(await next).toBe('next');
    expect(semaphore.isIdle).toBe(true);
  });
});

describe('KeyedMutex', () => {
  it('runs one call per key at a time, in order, whatever becomes of the one before', async () => {
    const mutex = new KeyedMutex(busy);
    const seen: string[] = [];
    const { opened, open } = gate();
    const first = mutex.run('a', async () => {
      seen.push('first begins');
      await opened;
      seen.push('first fails');
      throw new Error('failed');
    });
    const second = mutex.run('a', () => Promise.resolve(seen.push('second')));
    await mutex.run('b', () => Promise.resolve(seen.push('other key')));
    open();
    await expect(first).rejects.toThrow('failed');
    await second;
    expect(seen).toEqual(['first begins', 'other key', 'first fails', 'second']);
  });

  it('refuses the 1,001st caller of a key, and takes callers again when the others are done', async () => {
    const mutex = new KeyedMutex(busy);
    const { opened, open } = gate();
    const callers = Array.from({ length: 1_000 }, () => mutex.run('a', () => opened));
    await expect(mutex.run('a', () => Promise.resolve())).rejects.toThrow('busy');
    open();
    await Promise.all(callers);
    expect(await mutex.run('a', () => Promise.resolve('done'))).toBe('done');
  });
});

describe('Emitter', () => {
  it('calls each listener of the key until it is removed, also one that was added twice', () => {
    const emitter = new Emitter<number>();
    const heard: string[] = [];
    const listener = (value: number): void => { heard.push(`a${value}`); };
    const removers = [emitter.on('a', listener), emitter.on('a', listener), emitter.on('b', (value) => { heard.push(`b${value}`); })];
    emitter.emit('a', 1);
    removers[0]!();
    removers[0]!();
    emitter.emit('a', 2);
    emitter.emit('b', 3);
    expect(heard).toEqual(['a1', 'a1', 'a2', 'b3']);
    expect(emitter.isEmpty).toBe(false);
    for (const remove of removers) remove();
    emitter.emit('a', 4);
    expect(heard).toHaveLength(4);
    expect(emitter.isEmpty).toBe(true);
  });

  it('calls a listener that another one removes meanwhile for the last time', () => {
    const emitter = new Emitter<void>();
    const heard: string[] = [];
    emitter.on('a', () => {
      heard.push('first');
      removeSecond();
    });
    const removeSecond = emitter.on('a', () => { heard.push('second'); });
    emitter.emit('a');
    emitter.emit('a');
    expect(heard).toEqual(['first', 'second', 'first']);
  });
});

describe('RecurringTask', () => {
  it('runs "first" once, then "then" whenever it is woken, also after a run that failed', async () => {
    const runs: string[] = [];
    const [errors, done] = [[] as unknown[], new Signal()];
    const run = (name: string) => async (): Promise<void> => {
      runs.push(name);
      done.notify();
      throw new Error(`${name} failed`);
    };
    const task = new RecurringTask({ first: run('first'), then: run('then'), pauseMs: LONG, onError: (error) => errors.push(error) });
    task.start();
    for (const count of [1, 2, 3]) {
      await done.wait({ until: () => runs.length === count });
      await settled();
      expect(runs).toHaveLength(count);
      task.wake();
    }
    await task.stop();
    expect(runs.slice(0, 3)).toEqual(['first', 'then', 'then']);
    expect(errors.map(String)).toEqual(runs.map((name) => `Error: ${name} failed`));
  });

  it('runs again after the pause', async () => {
    const done = new Signal();
    let runs = 0;
    const task = new RecurringTask({
      then: () => {
        runs += 1;
        done.notify();
        return Promise.resolve();
      },
      pauseMs: 1,
      onError: busy,
    });
    task.start();
    const keepAlive = setTimeout(() => undefined, LONG);
    await done.wait({ until: () => runs === 3 });
    clearTimeout(keepAlive);
    await task.stop();
    expect(runs).toBe(3);
  });

  it('stops after the run under way, and lets one follow that was asked for during a run', async () => {
    const { opened, open } = gate();
    let runs = 0;
    const task = new RecurringTask({
      then: async () => {
        runs += 1;
        if (runs === 1) task.wake();
        else await opened;
      },
      pauseMs: LONG,
      onError: busy,
    });
    task.start();
    await settled();
    expect(runs).toBe(2);
    const stopped = task.stop();
    open();
    await stopped;
    await settled();
    expect(runs).toBe(2);
  });
});
