import { assign } from '../../contactsCommands';
import { assigned, closed, reassigned, reopened, unassigned } from '../../contactsHistory';
import { givenContacts } from '../../given';

const users = ['user-ann', 'user-bob'];

describe('assigning contacts', () => {
  it('assigns contacts without an assignee and skips those that the user has', () => {
    givenContacts(users)
      .when(assign('ann', ['c1', 'c2']))
      .then([assigned('ann', ['c1', 'c2'])])
      .when(assign('ann', ['c2', 'c3']))
      .then([assigned('ann', ['c3'])])
      .when(assign('ann', ['c1', 'c2', 'c3']))
      .then([]);
  });

  it('moves contacts of other users, with one event for each', () => {
    givenContacts(users, assigned('bob', ['b1', 'b2']), assigned('eve', ['e1']), assigned('ann', ['a1']))
      .when(assign('ann', ['e1', 'new', 'b2', 'a1', 'b1']))
      .then([assigned('ann', ['new']), reassigned('eve', 'ann', ['e1']), reassigned('bob', 'ann', ['b2', 'b1'])]);
  });

  it('keeps one assignee for each contact, and correct counts', () => {
    const { assignees, counts } = givenContacts(users, assigned('bob', ['c1', 'c2']), reassigned('bob', 'ann', ['c1']), unassigned('bob', ['c2'])).state();
    expect([...assignees]).toEqual([['c1', 'user-ann']]);
    expect([...counts]).toEqual([['user-ann', 1], ['user-bob', 0]]);
  });

  it('counts for the requested users only', () => {
    const { counts, sample } = givenContacts(['user-ann'], assigned('bob', ['c1']), assigned('ann', ['c2'])).state();
    expect([...counts]).toEqual([['user-ann', 1]]);
    expect(sample).toEqual({ userId: 'user-ann', contactIds: new Set(['c2']) });
  });

  it('is refused after the assignee is closed, also for an earlier membership', () => {
    const story = givenContacts(users, closed('ann', 2));
    story.when(assign('ann', ['c1'], 2)).thenRefuses('ASSIGNEE_NOT_ACTIVE', { field: 'userId' });
    story.when(assign('ann', ['c1'], 1)).thenRefuses('ASSIGNEE_NOT_ACTIVE');
    story.when(assign('bob', ['c1'], 2)).then([assigned('bob', ['c1'], 2)]);
  });

  it('works again after a return and after a reopening', () => {
    givenContacts(users, closed('ann')).when(assign('ann', ['c1'], 2)).then([assigned('ann', ['c1'], 2)]);
    givenContacts(users, closed('ann'), reopened('ann')).when(assign('ann', ['c1'])).then([assigned('ann', ['c1'])]);
  });
});
