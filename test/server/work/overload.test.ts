import { setImmediate as nextTurn } from 'node:timers/promises';
import { WorkBudgets } from '../../../src/server/work/budgets';
import { Overload } from '../../../src/server/work/overload';
import { type Caller, callerKey, RequestWork, WorkCharge } from '../../../src/server/work/requestWork';

describe('overload', () => {
  let now = 0;
  let refused = 0;
  beforeEach(() => {
    now = 0;
    refused = 0;
  });
  const overload = (maxDelayMs: number): Overload => new Overload({ maxDelayMs, pendingMs: () => 0, pendingMsOf: () => 0, onRefused: () => { refused += 1; }, now: () => now });
  /** Requests that come in one turn of the event loop. @returns the numbers of those that have begun, in that order. */
  const arriveTogether = (one: Overload, count: number, workMs = 0, callerOf: (number: number) => string = String): number[] => {
    const begun: number[] = [];
    for (let number = 0; number < count; number += 1) {
      void one.turn(callerOf(number)).then(() => {
        begun.push(number);
        now += workMs;
      });
    }
    return begun;
  };

  it('refuses who comes while others have waited too long, and tells them to come back at different times', async () => {
    const one = overload(300);
    const begun = arriveTogether(one, 200);
    now = 300;
    expect(one.refuses('new', 1)).toBe(0);
    now = 301;
    const seconds = new Set(Array.from({ length: 100 }, () => one.refuses('new', 1)));
    expect([[...seconds].sort(), refused]).toEqual([[1, 2, 3], 100]);
    while (begun.length < 200) await nextTurn();
    expect(one.refuses('new', 1)).toBe(0);
  });

  it('refuses those first who have used most of their budget, and last those whose sign-in was not checked', () => {
    const one = overload(300);
    arriveTogether(one, 200);
    const refusedAfter = (ms: number): boolean[] => {
      now = ms;
      return [one.refuses('new', 0), one.refuses('new', 0.5), one.refuses('new', 1), one.arrive()].map((seconds) => seconds > 0);
    };
    expect([70, 180, 250, 400, 700].map(refusedAfter)).toEqual([
      [false, false, false, false], [true, false, false, false], [true, true, false, false], [true, true, true, false], [true, true, true, true],
    ]);
  });

  it('is not one long step with few requests behind it', () => {
    const one = overload(300);
    arriveTogether(one, 32);
    now = 5_000;
    expect([one.refuses('new', 0), one.arrive()]).toEqual([0, 0]);
    arriveTogether(one, 1);
    expect(one.refuses('new', 0)).toBeGreaterThan(0);
  });

  it('lets requests begin in the order in which they came, for some time in each turn', async () => {
    const one = overload(300);
    const begun = arriveTogether(one, 100, 3);
    const together: number[] = [];
    for (let before = 0; begun.length < 100; before = begun.length) {
      await nextTurn();
      if (begun.length > before) together.push(begun.length - before);
    }
    expect(begun).toEqual(Array.from({ length: 100 }, (_, number) => number));
    // Requests of 3 ms each: four of them take more than 10 ms.
    expect(Math.max(...together)).toBeLessThanOrEqual(5);
  });

  it('refuses a request that has waited too long when its turn comes, though others came later', async () => {
    const one = overload(300);
    const refusedFor: number[] = [];
    const told = Array.from({ length: 200 }, async (_, number) => {
      refusedFor[number] = await one.turn('many');
      if (refusedFor[number] === 0) now += 2;
    });
    await Promise.all(told);
    // At 2 ms each, 150 of them begin within 300 ms, and the last of the others find fewer than 32 beside them.
    expect(refusedFor.slice(0, 150)).toEqual(Array.from({ length: 150 }, () => 0));
    expect(refusedFor.slice(152, 169).every((seconds) => seconds >= 1 && seconds <= 3)).toBe(true);
    expect(refusedFor.slice(-31)).toEqual(Array.from({ length: 31 }, () => 0));
    expect(refused).toBe(refusedFor.filter((seconds) => seconds > 0).length);
  });

  it('refuses a caller whose own requests wait, though the turns of the others come in time', async () => {
    const one = overload(300);
    const begun = arriveTogether(one, 400, 2, (number) => (number % 20 > 0 ? 'many' : `other ${number}`));
    while (now <= 310) await nextTurn();
    expect([one.refuses('many', 1) > 0, one.refuses('new', 1)]).toEqual([true, 0]);
    while (begun.length < 400) await nextTurn();
  });

  it('lets no request begin while connections are accepted, for 50 ms at most', async () => {
    let accepted = 0;
    const one = new Overload({ maxDelayMs: 300, pendingMs: () => 0, pendingMsOf: () => 0, accepted: () => accepted, now: () => now });
    const begun = arriveTogether(one, 10, 11);
    const msUntil = async (count: number, acceptedInATurn: number): Promise<number> => {
      const since = now;
      while (begun.length < count) {
        accepted += acceptedInATurn;
        now += 1;
        await nextTurn();
      }
      return now - since;
    };
    await msUntil(2, 0);
    expect(await msUntil(3, 1)).toBeGreaterThanOrEqual(50);
    expect(await msUntil(4, 0)).toBeLessThan(30);
    await msUntil(10, 0);
  });

  it('lets callers take turns, and refuses only the one whose requests wait for others of theirs', async () => {
    const one = overload(300);
    const begun = arriveTogether(one, 1_000, 1, (number) => (number < 990 ? 'many' : `single ${number}`));
    while (begun.length < 500) await nextTurn();
    expect([one.refuses('many', 1) > 0, one.refuses('single', 1), one.refuses('single', 0), one.arrive()]).toEqual([true, 0, 0, 0]);
    // Another one of "many" begins between two others.
    expect(begun.findIndex((number) => number === 999)).toBeLessThanOrEqual(21);
    const ofMany = begun.filter((number) => number < 990);
    expect(ofMany).toEqual(ofMany.map((_, index) => index));
    while (begun.length < 1_000) await nextTurn();
  });

  it('lets a request begin at once when no other does', async () => {
    const one = overload(300);
    const begun = arriveTogether(one, 1);
    await Promise.resolve();
    expect(begun).toEqual([0]);
  });

  it('refuses only the one whose mutations in flight are too many, or all when those of many are', async () => {
    const work = new RequestWork(new WorkBudgets(), () => false, () => 1, 300);
    const one = new Overload({ maxDelayMs: 300, pendingMs: () => work.pendingMs, pendingMsOf: (caller) => work.pendingMsOf(caller) });
    const callerOf = (sub: string): Caller => ({ identity: { sub, keapId: sub, keapIdNormalized: sub, name: null, scopes: [], issuedAt: null }, address: undefined });
    const open: WorkCharge[] = [];
    const mutate = (sub: string, count: number): void => {
      for (let number = 0; number < count; number += 1) {
        const charge = work.open(callerOf(sub), { ms: 4.6, fixedMs: 4.6, mutations: 1, appIds: [] });
        if (charge instanceof WorkCharge) open.push(charge);
      }
    };
    const refused = (): boolean[] => ['many', 'single'].map((sub) => one.refuses(callerKey(callerOf(sub)), 1) > 0);
    one.start();
    mutate('many', 300);
    // Only a busy event loop is an overload.
    const busy = async (isMet: () => boolean): Promise<void> => {
      while (!isMet()) {
        const until = performance.now() + 50;
        while (performance.now() < until);
        await nextTurn();
      }
    };
    await busy(() => refused()[0] ?? false);
    expect(refused()).toEqual([true, false]);
    for (const sub of ['b', 'c', 'd', 'e']) mutate(sub, 80);
    await busy(() => refused()[1] ?? false);
    for (const charge of open) charge.settle();
    expect([work.pendingMs, refused()]).toEqual([0, [false, false]]);
    one.stop();
  });

  it('refuses nobody without a limit', async () => {
    const none = overload(0);
    const begun = arriveTogether(none, 200);
    now = 5_000;
    expect([none.refuses('new', 0), none.arrive(), refused]).toEqual([0, 0, 0]);
    await Promise.resolve();
    expect(begun).toHaveLength(200);
  });
});
