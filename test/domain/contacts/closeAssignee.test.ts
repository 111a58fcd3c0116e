import { contactsDecider } from '../../../src/domain/contacts/contactsDecider';
import { assign, close, reopen } from '../contactsCommands';
import { assigned, closed, reassigned, reopened, unassigned } from '../contactsHistory';
import { givenContacts } from '../given';

const users = ['user-ann', 'user-bob'];

describe('closing an assignee, the moment of truth of leaving and removal', () => {
  it('is done once where nothing is assigned', () => {
    for (const reason of ['LEAVE', 'REMOVAL'] as const) givenContacts(users).when(close('ann', 1, reason)).then([closed('ann', 1, reason)]).when(close('ann', 1, reason)).then([]);
    givenContacts(users, assigned('bob', ['b1'])).when(close('ann')).then([closed('ann')]);
  });

  it('is refused while a contact is assigned: with the count, five of the ids, and the position checked', () => {
    const contactIds = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'];
    givenContacts(users, assigned('ann', contactIds), unassigned('ann', ['c2']))
      .when(close('ann'))
      .thenRefuses('HAS_ASSIGNED_CONTACTS', { count: 6, sample: ['c1', 'c3', 'c4', 'c5', 'c6'], position: '0000000000000001' });
    givenContacts(users, assigned('ann', ['c1'])).when(close('ann', 1, 'REMOVAL')).thenRefuses('HAS_ASSIGNED_CONTACTS', { count: 1, sample: ['c1'], position: '0000000000000000' });
  });

  it('says how many there are and what can be done', () => {
    const messageOf = (count: number, reason: 'LEAVE' | 'REMOVAL') => (): unknown =>
      contactsDecider.decide(close('ann', 1, reason), givenContacts(users, assigned('ann', Array.from({ length: count }, (_, index) => `c${index}`))).state());
    expect(messageOf(1, 'LEAVE')).toThrow('1 contact is assigned to this person. Ask an admin to reassign them first.');
    expect(messageOf(1200, 'REMOVAL')).toThrow('1,200 contacts are assigned to this person. Name an active member who takes them over.');
  });

  it('counts contacts that came from others, and none that went to others', () => {
    givenContacts(users, assigned('bob', ['b1']), reassigned('bob', 'ann', ['b1'])).when(close('ann')).thenRefuses('HAS_ASSIGNED_CONTACTS');
    givenContacts(users, assigned('ann', ['a1']), reassigned('ann', 'bob', ['a1'])).when(close('ann')).then([closed('ann')]);
  });

  it('is allowed once the last contact is gone', () => {
    givenContacts(users, assigned('ann', ['c1']), unassigned('ann', ['c1'])).when(close('ann')).then([closed('ann')]);
  });

  it('keeps the closing of whoever was first', () => {
    givenContacts(users, closed('ann')).when({ ...close('ann', 1, 'REMOVAL'), leaveId: 'another' }).then([]);
  });

  it('ends a later join anew, but never an earlier one: that would open the later one again', () => {
    const story = givenContacts(users, closed('ann', 1), closed('ann', 2));
    story.when(close('ann', 1)).then([]);
    story.when({ ...close('ann', 1), leaveId: 'another' }).then([]).when(assign('ann', ['c1'], 2)).thenRefuses('ASSIGNEE_NOT_ACTIVE');
    story.when(close('ann', 3)).then([closed('ann', 3)]);
  });

  it('and an assignment: whoever is first wins', () => {
    givenContacts(users).when(close('ann')).then([closed('ann')]).when(assign('ann', ['c1'])).thenRefuses('ASSIGNEE_NOT_ACTIVE');
    givenContacts(users).when(assign('ann', ['c1'])).then([assigned('ann', ['c1'])]).when(close('ann')).thenRefuses('HAS_ASSIGNED_CONTACTS');
  });
});

describe('taking a closing back', () => {
  it('is done once, for that closing', () => {
    givenContacts(users, closed('ann')).when(reopen('ann')).then([reopened('ann')]).when(reopen('ann')).then([]);
  });

  it('has nothing to do for another closing, or for none', () => {
    givenContacts(users, closed('ann')).when({ ...reopen('ann'), leaveId: 'another' }).then([]);
    givenContacts(users, closed('ann', 2)).when({ ...reopen('ann', 1), leaveId: 'leave-ann-2' }).then([]);
    givenContacts(users).when(reopen('ann')).then([]);
    givenContacts(users, closed('ann', 2), reopened('ann', 1)).when(assign('ann', ['c1'], 2)).thenRefuses('ASSIGNEE_NOT_ACTIVE');
  });
});
