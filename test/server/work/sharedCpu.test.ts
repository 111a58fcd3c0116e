import { setImmediate as nextTurn } from 'node:timers/promises';
import { SharedCpu } from '../../../src/server/work/sharedCpu';

let cpu = 0;
beforeEach(() => { cpu = 0; });

describe('the CPU time of requests', () => {
  it('is all of it for one that is answered within a turn, whoever else waits meanwhile', async () => {
    const shared = new SharedCpu(() => cpu);
    const waiting = shared.meter();
    cpu += 2;
    await nextTurn();
    const quick = shared.meter();
    cpu += 30;
    expect(quick.end()).toBe(30);
    cpu += 4;
    expect(waiting.end()).toBe(6);
  });

  it('is shared by those that take several turns, without what was measured for one of them', async () => {
    const shared = new SharedCpu(() => cpu);
    const [one, other] = [shared.meter(), shared.meter()];
    cpu += 10;
    await nextTurn();
    cpu += 20;
    one.note(12);
    expect(one.end()).toBe(9);
    cpu += 5;
    expect([other.end(), shared.meter().end()]).toEqual([14, 0]);
  });

  it('is counted by laps, and not while a request waits', async () => {
    const shared = new SharedCpu(() => cpu);
    const meter = shared.meter();
    cpu += 3;
    expect(meter.lap()).toBe(3);
    cpu += 2;
    const resume = meter.pause();
    cpu += 100;
    await nextTurn();
    resume();
    resume();
    cpu += 4;
    await nextTurn();
    cpu += 1;
    expect([meter.lap(), meter.end(), meter.end()]).toEqual([7, 0, 0]);
  });

  it('is never less than nothing', () => {
    const shared = new SharedCpu(() => cpu);
    const meter = shared.meter();
    cpu += 1;
    meter.note(50);
    expect(meter.end()).toBe(0);
  });
});
