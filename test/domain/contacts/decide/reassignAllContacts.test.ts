import type { FinishReassignment, StartReassignment } from '../../../../src/domain/contacts/decide';
import type { ContactsEvent } from '../../../../src/domain/events';
import { closed } from '../../contactsHistory';
import { givenContacts } from '../../given';

const what = { reassignmentId: 'r1', fromUserId: 'user-ann', userId: 'user-bob', epoch: 1, removal: null };
const start: StartReassignment = { type: 'StartReassignment', ...what };
const finish = (complete: boolean): FinishReassignment => ({ type: 'FinishReassignment', reassignmentId: 'r1', complete });
const started: ContactsEvent = { type: 'ReassignmentStarted', data: what };
const finished = (complete: boolean): ContactsEvent => ({ type: 'ReassignmentFinished', data: { reassignmentId: 'r1', complete } });

describe('reassigning all contacts of a user', () => {
  it('starts once and ends once', () => {
    givenContacts([]).when(start).then([started]).when(start).then([]).when(finish(true)).then([finished(true)]).when(finish(true)).then([]);
  });

  it('records the removal that follows, and that it was given up', () => {
    const removal = { epoch: 1, leaveId: 'leave-ann-1', reason: 'Ticket 4713' };
    givenContacts([])
      .when({ ...start, removal })
      .then([{ type: 'ReassignmentStarted', data: { ...what, removal } }])
      .when(finish(false))
      .then([finished(false)]);
  });

  it('does not start for a closed assignee', () => {
    givenContacts([], closed('bob')).when(start).thenRefuses('ASSIGNEE_NOT_ACTIVE');
    givenContacts([], closed('bob')).when({ ...start, epoch: 2 }).thenMatches([{ type: 'ReassignmentStarted' }]);
  });

  it('does not end unless it has started', () => {
    givenContacts([]).when(finish(true)).then([]);
    givenContacts([], started).when({ ...finish(true), reassignmentId: 'r2' }).then([]);
  });
});
