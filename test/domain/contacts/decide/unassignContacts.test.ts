import { unassign } from '../../contactsCommands';
import { assigned, closed, unassigned } from '../../contactsHistory';
import { givenContacts } from '../../given';

describe('unassigning contacts', () => {
  it('removes their assignees and skips contacts without one', () => {
    givenContacts([], assigned('ann', ['a1', 'a2']), assigned('bob', ['b1']))
      .when(unassign(['b1', 'free', 'a2']))
      .then([unassigned('bob', ['b1']), unassigned('ann', ['a2'])])
      .when(unassign(['b1', 'a2']))
      .then([]);
  });

  it('is possible in any state of the assignee', () => {
    givenContacts([], assigned('ann', ['a1'], 2), closed('ann', 1)).when(unassign(['a1'])).then([unassigned('ann', ['a1'])]);
  });
});
