import { Overload } from '../../../src/server/work/overload';

describe('overload', () => {
  let now = 0;
  let refused = 0;
  beforeEach(() => {
    now = 0;
    refused = 0;
  });
  const overload = (maxDelayMs: number): Overload => new Overload({ maxDelayMs, pendingMs: () => 0, onRefused: () => { refused += 1; }, now: () => now });
  const arriveTogether = (one: Overload, count: number): number[] => Array.from({ length: count }, () => one.arrive());

  it('refuses who comes in a turn of the event loop that has taken too long, and tells them to come back at different times', () => {
    const one = overload(300);
    arriveTogether(one, 200);
    now = 300;
    expect(one.refuses(1)).toBe(0);
    now = 321;
    const seconds = new Set(Array.from({ length: 100 }, () => one.refuses(1)));
    expect([[...seconds].sort(), refused]).toEqual([[1, 2, 3], 100]);
    one.beat();
    expect(one.refuses(1)).toBe(0);
  });

  it('refuses those first who have used most of their budget, and last those whose sign-in was not checked', () => {
    const one = overload(300);
    arriveTogether(one, 200);
    const refusedAfter = (ms: number): boolean[] => {
      now = ms;
      return [one.refuses(0), one.refuses(0.5), one.refuses(1), one.arrive()].map((seconds) => seconds > 0);
    };
    expect([90, 200, 250, 400, 700].map(refusedAfter)).toEqual([
      [false, false, false, false], [true, false, false, false], [true, true, false, false], [true, true, true, false], [true, true, true, true],
    ]);
  });

  it('is not one long step with few requests behind it', () => {
    const one = overload(300);
    arriveTogether(one, 127);
    now = 5_000;
    expect(one.refuses(0)).toBe(0);
    expect(one.arrive()).toBeGreaterThan(0);
  });

  it('refuses nobody without a limit', () => {
    const none = overload(0);
    arriveTogether(none, 200);
    now = 5_000;
    expect([none.refuses(0), none.arrive(), refused]).toEqual([0, 0, 0]);
  });
});
