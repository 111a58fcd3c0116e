import { assigned, closed } from '../contactsHistory';
import { at, givenContacts } from '../given';

describe('the state of contacts', () => {
  it('keeps the revision, position and time of its last event', () => {
    const { revision, position, lastOccurredAt } = givenContacts([], assigned('ann', ['c1']), at('2026-05-05T05:05:05.000Z', assigned('ann', ['c2']))).state();
    expect({ revision, position, lastOccurredAt }).toEqual({ revision: 1, position: '0000000000000001', lastOccurredAt: '2026-05-05T05:05:05.000Z' });
  });

  it('has the revision of a missing stream before the first event', () => {
    expect(givenContacts([]).state()).toMatchObject({ revision: -1, position: '', lastOccurredAt: '' });
  });

  it('keeps the latest closing of a user, with its membership, departure and reason', () => {
    expect([...givenContacts([], closed('ann'), closed('ann', 2, 'REMOVAL', 'Ticket 4713')).state().closures]).toEqual([['user-ann', { epoch: 2, leaveId: 'leave-ann-2', reason: 'REMOVAL', removalReason: 'Ticket 4713' }]]);
  });
});
