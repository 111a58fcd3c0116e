import type { UserChanged } from '../application/appliedChanges';
import { WakeUp } from '../application/wakeUp';
import { endable, hasEnded, whenEnded } from './endable';
import type { RequestContext } from './requestContext';
import { tooSlow } from './requestErrors';

/** So many changes wait for one reader. */
const MAX_WAITING = 1_000;

/**
 * Each change of a user of the app from now on, in log order.
 * @param mayGoOn called before each change and whenever something happened in the app; ends the stream by throwing.
 * @throws GraphQLError `SUBSCRIBER_TOO_SLOW` once more than 1,000 changes wait for the reader.
 */
export function followUsers(context: RequestContext, appId: string, mayGoOn: () => void): AsyncIterableIterator<UserChanged> {
  const { changes } = context.views;
  const wakeUp = new WakeUp();
  let waiting: UserChanged[] = [];
  let hasMissed = false;
  return endable((ended) => {
    whenEnded(ended, changes.onApp(appId, (told) => {
      if (waiting.length + told.length > MAX_WAITING) [waiting, hasMissed] = [[], true];
      else if (!hasMissed) waiting.push(...told);
      wakeUp.wake();
    }));
    whenEnded(ended, () => { wakeUp.wake(); });
    return (async function* followed() {
      while (!hasEnded(ended)) {
        await wakeUp.sleep();
        for (;;) {
          if (hasMissed) throw tooSlow(`More than ${MAX_WAITING.toLocaleString('en')} changes waited to be read. Subscribe again, then read the user list again.`);
          mayGoOn();
          const next = waiting.shift();
          if (next === undefined || hasEnded(ended)) break;
          // A user who was made for an invitation is gone once its person turned out to be one that the app has.
          if (await context.live.users.load({ appId, userId: next.userId })) yield next;
        }
      }
    })();
  });
}
