import { Field, ObjectType } from 'type-graphql';
import { LogPosition } from '../shared/scalars';
import { User } from './types';
import type { UserChanged } from '../../application/history/membershipHistory';
import { isAborted, Signal } from '../../concurrency';
import { cancellable, onCancel } from '../shared/cancellable';
import type { RequestContext } from '../context';
import { tooSlow } from '../shared/errors';

@ObjectType('UserChange', { simpleResolvers: true, description: 'A change to a user of an app.' })
export class UserChange {
  @Field(() => User, { description: 'The user as they are now. This includes the change, and possibly later ones.' })
  readonly user: User;

  @Field(() => LogPosition, { description: 'Log position of the change.' })
  readonly position: string;
}

/** Most unread changes of one subscriber. More end the subscription with `SUBSCRIBER_TOO_SLOW`. */
const MAX_WAITING = 1_000;

/**
 * Streams each change to a user of the app from now on, in log order.
 * @param mayGoOn checks access before each change and after each change of the app; ends the stream by throwing.
 * @throws GraphQLError `SUBSCRIBER_TOO_SLOW` when more than 1,000 changes are unread.
 */
export function followUsers(context: RequestContext, appId: string, mayGoOn: () => void): AsyncIterableIterator<UserChanged> {
  const { changes } = context.readModels;
  const changed = new Signal();
  let waiting: UserChanged[] = [];
  let hasMissed = false;
  return cancellable((cancelled) => {
    onCancel(cancelled, changes.onApp(appId, (told) => {
      if (waiting.length + told.length > MAX_WAITING) [waiting, hasMissed] = [[], true];
      else if (!hasMissed) waiting.push(...told);
      changed.notify();
    }));
    return (async function* followed() {
      while (!isAborted(cancelled)) {
        await changed.wait({ signal: cancelled });
        for (;;) {
          if (hasMissed) throw tooSlow(`More than ${MAX_WAITING.toLocaleString('en')} changes were unread. Subscribe again, then query the user list again.`);
          mayGoOn();
          const next = waiting.shift();
          if (next === undefined || isAborted(cancelled)) break;
          // A user created for an invitation is deleted when the person turns out to be a user that the app already has.
          if (await context.live.users.load({ appId, userId: next.userId })) yield next;
        }
      }
    })();
  });
}
