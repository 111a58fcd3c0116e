import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Reading, readInSteps } from '../../../../src/projections/userList/search/steps';
import { ProjectedTables } from '../../projectedTables';

/** Longer than a reading goes on in one turn. */
const STEP_MS = 9;

describe('readings of many steps', () => {
  const tables = ProjectedTables.of([], '2040-01-01T00:00:00.000Z');
  afterAll(() => { tables.close(); });

  it('take their steps in turns of the event loop of their own, each as often as the others', async () => {
    let turn = 0;
    const steps: { readonly reading: number; readonly turn: number }[] = [];
    const reading = (number: number) => function* (): Reading<number> {
      for (let step = 0; step < 4; step += 1) {
        steps.push({ reading: number, turn });
        for (const until = performance.now() + STEP_MS; performance.now() < until;);
        yield;
      }
      return number;
    };
    const results = Promise.all(Array.from({ length: 5 }, (_, number) => readInSteps(tables.database, 'app', reading(number))));
    const done = { is: false };
    void results.then(() => (done.is = true));
    while (!done.is) {
      await nextTurn();
      turn += 1;
    }
    expect(await results).toEqual([0, 1, 2, 3, 4]);
    const later = steps.filter(({ turn: at }) => at > 0);
    expect(later.map(({ reading: number }) => number)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
    expect(new Set(later.map(({ turn: at }) => at)).size).toBe(15);
  });
});
