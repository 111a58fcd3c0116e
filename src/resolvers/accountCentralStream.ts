import { WakeUp } from '../application/wakeUp';
import { endable, hasEnded, whenEnded } from './endable';
import type { RequestContext } from './requestContext';
import { personOf } from './visibility';

/** That the signed-in person's Account Central is to be read. */
export interface AccountCentralChanged {
  readonly position: string;
}

/** Once at the start, then whenever something happened to one of the person's accounts or invitations; several at once are told as one. */
export function followAccountCentral(context: RequestContext): AsyncIterableIterator<AccountCentralChanged> {
  const person = personOf(context.requireCaller());
  const { changes } = context.views;
  const wakeUp = new WakeUp();
  return endable((ended) => {
    whenEnded(ended, changes.onPerson(person, () => { wakeUp.wake(); }));
    whenEnded(ended, () => { wakeUp.wake(); });
    wakeUp.wake();
    return (async function* followed() {
      for (;;) {
        await wakeUp.sleep();
        if (hasEnded(ended)) return;
        yield { position: changes.position() };
      }
    })();
  });
}
