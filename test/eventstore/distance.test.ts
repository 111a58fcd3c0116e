import { distanceOf, formatPosition, START } from '../../src/eventstore/eventStore';
import { formatPosition as ofEventStoreDb } from '../../src/eventstore/eventStoreDb/position';

describe('how far a position is', () => {
  it('is a number for the positions of each store', () => {
    expect([START, formatPosition(9_143), ofEventStoreDb({ commit: 9_143n, prepare: 9_100n })].map(distanceOf)).toEqual([0, 9_143, 9_143]);
  });
});
