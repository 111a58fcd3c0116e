import { KeySet } from '../../../src/projections/engine/keySet';

describe('a set of keys', () => {
  it.each([10, 4_096, 4_097, 20_000])('has every one of %i keys, and few others', (count) => {
    const keys = new KeySet(6_000);
    for (let number = 0; number < count; number += 1) keys.add(`key ${number}`);
    const missing = Array.from({ length: count }, (_, number) => number).filter((number) => !keys.mayHave(`key ${number}`));
    expect(missing).toEqual([]);
    const others = Array.from({ length: 1_000 }, (_, number) => number).filter((number) => keys.mayHave(`other ${number}`));
    expect(others.length).toBeLessThan(10);
  });
});
