import { reassign } from '../../contactsCommands';
import { assigned, closed, reassigned } from '../../contactsHistory';
import { givenContacts } from '../../given';

const users = ['user-ann', 'user-bob'];

describe('reassigning contacts', () => {
  it('moves the contacts that the user has, in one event', () => {
    givenContacts(users, assigned('ann', ['c1', 'c2', 'c3']), assigned('eve', ['e1']))
      .when(reassign('ann', 'bob', ['c3', 'e1', 'free', 'c1']))
      .then([reassigned('ann', 'bob', ['c3', 'c1'])])
      .when(reassign('ann', 'bob', ['c3', 'c1']))
      .then([]);
  });

  it('changes nothing between a user and the same user', () => {
    givenContacts(users, assigned('ann', ['c1'])).when(reassign('ann', 'ann', ['c1'])).then([]);
  });

  it('is refused to a closed assignee, whether or not there is a contact to move', () => {
    const story = givenContacts(users, assigned('ann', ['c1']), closed('bob'));
    story.when(reassign('ann', 'bob', ['c1'])).thenRefuses('ASSIGNEE_NOT_ACTIVE');
    story.when(reassign('ann', 'bob', [])).thenRefuses('ASSIGNEE_NOT_ACTIVE');
    story.when(reassign('ann', 'bob', ['c1'], 2)).then([reassigned('ann', 'bob', ['c1'], 2)]);
  });
});
