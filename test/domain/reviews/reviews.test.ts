import { decideAccessReview, type AccessReviewCommand, eventsOfStart, noSuchReviewFor, PeopleToReview, startAccessReview, type StartAccessReview } from '../../../src/domain/reviews/decide';
import type { AccessReviewEvent } from '../../../src/domain/reviews/events';
import { type AccessReviewState, emptyReview, evolveReview } from '../../../src/domain/reviews/state';
import type { RosterState } from '../../../src/domain/roster/state';
import { Given, given, type Past } from '../given';
import { after, MINUTE, NOW } from '../moments';
import { auditor, mallory, olga, operator, pia, sam, userIdOf } from '../people';
import { accepted, appOf, joined, left, userInvited } from '../rosterHistory';

const roster = (): RosterState => given(...appOf(5), ...joined('sam', 'USER'), ...joined('pia', 'PARTNER', 'ADMIN'), ...joined('lea', 'PARTNER'), left('lea')).state();

const start = (more: Partial<StartAccessReview> = {}): StartAccessReview => ({ appId: 'gx624', note: null, dueAt: null, open: 0, ...more });
const asked = given(...appOf(5), ...joined('sam', 'USER'), ...joined('pia', 'PARTNER', 'ADMIN'), ...joined('lea', 'PARTNER'), left('lea'));

const listed = (...names: readonly string[]): AccessReviewEvent => ({ type: 'AccessReviewListed', data: { appId: 'gx624', people: names.map((name) => ({ userId: userIdOf(name), epoch: 1, kind: 'USER', role: 'STANDARD' })) } });
const started: AccessReviewEvent = { type: 'AccessReviewStarted', data: { appId: 'gx624', position: '5', note: null, dueAt: null, startedAs: 'MEMBER', people: 3 } };
const decided = (decision: 'KEEP' | 'REMOVE', names: readonly string[], remark: string | null = null): AccessReviewEvent => ({ type: 'AccessDecided', data: { appId: 'gx624', userIds: names.map(userIdOf), decision, remark } });
const decide = (decision: 'KEEP' | 'REMOVE', names: readonly string[], remark: string | null = null): AccessReviewCommand => ({ type: 'DecideAccess', userIds: names.map(userIdOf), decision, remark });
const finish: AccessReviewCommand = { type: 'FinishAccessReview' };

/** A review of Olga, Sam and Pia with this history. */
const givenReview = (...past: readonly Past<AccessReviewEvent>[]): Given<AccessReviewCommand, AccessReviewEvent, AccessReviewState> =>
  new Given(
    {
      emptyState: emptyReview,
      decide: (command, state, context) => [...decideAccessReview(command, state, roster(), context)],
      evolve: (state, event) => {
        evolveReview(state, event);
        return state;
      },
    },
    [started, listed('olga', 'sam', 'pia'), ...past],
  );

describe('starting an access review', () => {
  it('takes a note', () => {
    asked.whenAsked((state, context) => startAccessReview(start({ note: ' Quarter 1 ' }), state, context)).then({ startedAs: 'MEMBER', note: 'Quarter 1' });
  });

  it('lists who has access, in the order in which they joined, whatever the order in which they come', () => {
    const users = [...given(...appOf(5), userInvited('sam'), ...joined('pia', 'PARTNER', 'ADMIN'), ...joined('lea', 'PARTNER'), left('lea'), accepted('sam')).state().users.values()];
    for (const order of [users, users.toReversed()]) {
      const people = new PeopleToReview();
      for (const user of order) people.take(user);
      expect(people.inOrder()).toEqual([
        { userId: userIdOf('olga'), epoch: 1, kind: 'USER', role: 'ADMIN' },
        { userId: userIdOf('pia'), epoch: 1, kind: 'PARTNER', role: 'ADMIN' },
        { userId: userIdOf('sam'), epoch: 1, kind: 'USER', role: 'STANDARD' },
      ]);
    }
  });

  it('is not for more than 10,000 people', () => {
    const [olgaInApp] = given(...appOf(5)).state().users.values();
    const people = new PeopleToReview();
    const take = (): void => { if (olgaInApp) people.take(olgaInApp); };
    for (let number = 0; number < 10_000; number += 1) take();
    expect(take).toThrow(/at most 10,000 people/);
  });

  it('is for admins of the app, auditors and operators', () => {
    for (const [actor, startedAs] of [[olga, 'MEMBER'], [pia, 'MEMBER'], [auditor, 'AUDITOR'], [operator, 'OPERATOR']] as const) {
      asked.whenAsked((state, context) => startAccessReview(start(), state, context), { actor }).thenMatches({ startedAs });
    }
    asked.whenAsked((state, context) => startAccessReview(start(), state, context), { actor: sam }).thenRefuses('FORBIDDEN');
    asked.whenAsked((state, context) => startAccessReview(start(), state, context), { actor: mallory }).thenRefuses('APP_NOT_FOUND');
    given().whenAsked((state, context) => startAccessReview(start(), state, context), { actor: auditor }).thenRefuses('APP_NOT_FOUND');
  });

  it('is due in the future, and not while twenty reviews are open', () => {
    asked.whenAsked((state, context) => startAccessReview(start({ dueAt: NOW }), state, context)).thenRefuses('INVALID_INPUT', { field: 'dueAt' });
    asked.whenAsked((state, context) => startAccessReview(start({ dueAt: after(10_000 * MINUTE) }), state, context)).thenMatches({});
    asked.whenAsked((state, context) => startAccessReview(start({ open: 20 }), state, context)).thenRefuses('INVALID_INPUT', { field: 'appId' }, /20 open access reviews/);
    asked.whenAsked((state, context) => startAccessReview(start({ note: '' }), state, context)).thenRefuses('INVALID_INPUT', { field: 'note' });
  });

  it('is not for an app whose history is being imported', () => {
    given(...appOf(5), { type: 'ImportStarted', data: {} }).whenAsked((state, context) => startAccessReview(start(), state, context), { actor: operator }).thenRefuses('INVALID_INPUT');
  });

  it('records the people in lists of 500', () => {
    const people = Array.from({ length: 1_201 }, (_, index) => ({ userId: `user-${index}`, epoch: 1, kind: 'USER', role: 'STANDARD' }) as const);
    const events = eventsOfStart('gx624', people, { startedAs: 'AUDITOR', note: null }, '77', null);
    expect(events[0]).toEqual({ type: 'AccessReviewStarted', data: { appId: 'gx624', position: '77', note: null, dueAt: null, startedAs: 'AUDITOR', people: 1_201 } });
    expect(events.slice(1).map(({ data }) => 'people' in data && Array.isArray(data.people) && data.people.length)).toEqual([500, 500, 201]);
  });
});

describe('deciding in an access review', () => {
  it('records what is decided about several people, a remark with each of them, and nothing that was decided so before', () => {
    givenReview()
      .when(decide('KEEP', ['sam', 'pia'], ' still needed '))
      .then([decided('KEEP', ['sam'], 'still needed'), decided('KEEP', ['pia'], 'still needed')])
      .when(decide('KEEP', ['sam', 'pia', 'sam'], 'still needed'))
      .then([])
      .when(decide('REMOVE', ['sam', 'pia']))
      .then([decided('REMOVE', ['sam', 'pia'])]);
  });

  it('is for admins of the app, and not about themselves', () => {
    givenReview().when(decide('KEEP', ['sam', 'olga'])).thenRefuses('CANNOT_REVIEW_SELF');
    givenReview().when(decide('KEEP', ['olga']), { actor: pia }).then([decided('KEEP', ['olga'])]);
    givenReview().when(decide('KEEP', ['pia']), { actor: sam }).thenRefuses('REVIEW_NOT_FOUND');
    givenReview().when(decide('KEEP', ['sam']), { actor: mallory }).thenRefuses('REVIEW_NOT_FOUND');
    for (const actor of [auditor, operator]) givenReview().when(decide('KEEP', ['sam']), { actor }).thenRefuses('FORBIDDEN');
  });

  it('tells of a review that does not exist what it tells of one that is closed to the actor', () => {
    expect([mallory, sam, auditor, operator].map((actor) => noSuchReviewFor(actor).code)).toEqual(['REVIEW_NOT_FOUND', 'REVIEW_NOT_FOUND', 'FORBIDDEN', 'FORBIDDEN']);
  });

  it('refuses people who are not in the review, and more than 200 at a time', () => {
    givenReview().when(decide('KEEP', ['lea'])).thenRefuses('USER_NOT_FOUND');
    givenReview().when(decide('KEEP', [])).thenRefuses('INVALID_INPUT', { field: 'userIds' });
    givenReview().when(decide('KEEP', Array.from({ length: 201 }, (_, index) => `p${index}`))).thenRefuses('INVALID_INPUT', { field: 'userIds' });
    givenReview().when(decide('KEEP', ['sam'], ' ')).thenRefuses('INVALID_INPUT', { field: 'remark' });
  });
});

describe('finishing an access review', () => {
  it('needs a decision about everybody, and says about whom there is none', () => {
    givenReview(decided('KEEP', ['olga'])).when(finish).thenRefuses('REVIEW_INCOMPLETE', { count: 2 }, /sam@example\.com, pia@example\.com/);
    givenReview(decided('KEEP', ['sam', 'pia'])).when(finish).thenRefuses('REVIEW_INCOMPLETE', { count: 1 }, /your own access/);
  });

  it('counts who stays, and is final', () => {
    givenReview(decided('KEEP', ['olga', 'sam']), decided('REMOVE', ['pia']), decided('REMOVE', ['sam']))
      .when(finish)
      .then([{ type: 'AccessReviewFinished', data: { appId: 'gx624', kept: 1, removed: 2 } }])
      .when(finish)
      .then([])
      .when(decide('KEEP', ['sam']))
      .thenRefuses('REVIEW_FINISHED');
  });

  it('is for admins of the app', () => {
    for (const [actor, code] of [[sam, 'REVIEW_NOT_FOUND'], [mallory, 'REVIEW_NOT_FOUND'], [auditor, 'FORBIDDEN'], [operator, 'FORBIDDEN']] as const) {
      givenReview(decided('KEEP', ['olga', 'sam', 'pia'])).when(finish, { actor }).thenRefuses(code);
    }
  });
});
