import { assigned, closed } from '../contactsHistory';
import { at, givenContacts } from '../given';

describe('the fold of contacts', () => {
  it('knows where its last event stands and when that happened: an append expects exactly that', () => {
    const { revision, position, lastOccurredAt } = givenContacts([], assigned('ann', ['c1']), at('2026-05-05T05:05:05.000Z', assigned('ann', ['c2']))).state();
    expect({ revision, position, lastOccurredAt }).toEqual({ revision: 1, position: '0000000000000001', lastOccurredAt: '2026-05-05T05:05:05.000Z' });
  });

  it('expects no stream before the first event', () => {
    expect(givenContacts([]).state()).toMatchObject({ revision: -1, position: '', lastOccurredAt: '' });
  });

  it('knows the latest closing of a user: which join, by which departure, and why', () => {
    expect([...givenContacts([], closed('ann'), closed('ann', 2, 'REMOVAL')).state().closures]).toEqual([['user-ann', { epoch: 2, leaveId: 'leave-ann-2', reason: 'REMOVAL' }]]);
  });
});
