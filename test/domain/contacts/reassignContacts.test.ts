import { reassign } from '../contactsCommands';
import { assigned, closed, reassigned } from '../contactsHistory';
import { givenContacts } from '../given';

const users = ['user-ann', 'user-bob'];

describe('reassigning contacts', () => {
  it('moves those of the contacts that the user has, in one fact', () => {
    givenContacts(users, assigned('ann', ['c1', 'c2', 'c3']), assigned('eve', ['e1']))
      .when(reassign('ann', 'bob', ['c3', 'e1', 'free', 'c1']))
      .then([reassigned('ann', 'bob', ['c3', 'c1'])])
      .when(reassign('ann', 'bob', ['c3', 'c1']))
      .then([]);
  });

  it('has nothing to do from somebody to the same', () => {
    givenContacts(users, assigned('ann', ['c1'])).when(reassign('ann', 'ann', ['c1'])).then([]);
  });

  it('is refused to somebody whose time as an assignee is over, whether or not there is anything to move', () => {
    const story = givenContacts(users, assigned('ann', ['c1']), closed('bob'));
    story.when(reassign('ann', 'bob', ['c1'])).thenRefuses('ASSIGNEE_NOT_ACTIVE');
    story.when(reassign('ann', 'bob', [])).thenRefuses('ASSIGNEE_NOT_ACTIVE');
    story.when(reassign('ann', 'bob', ['c1'], 2)).then([reassigned('ann', 'bob', ['c1'], 2)]);
  });
});
