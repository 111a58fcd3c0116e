import { isAborted, Signal } from '../../concurrency';
import { cancellable, onCancel } from '../shared/cancellable';
import type { RequestContext } from '../context';
import { personOf } from '../shared/visibility';

/** A message that the signed-in person's Account Central changed. */
export interface AccountCentralChanged {
  readonly position: string;
}

/** Streams a message at the start, and one after each change to the person's accounts or invitations. Changes in quick succession may share one message. */
export function followAccountCentral(context: RequestContext): AsyncIterableIterator<AccountCentralChanged> {
  const person = personOf(context.requireCaller());
  const { changes } = context.readModels;
  const changed = new Signal();
  return cancellable((cancelled) => {
    onCancel(cancelled, changes.onPerson(person, () => { changed.notify(); }));
    changed.notify();
    return (async function* followed() {
      for (;;) {
        await changed.wait({ signal: cancelled });
        if (isAborted(cancelled)) return;
        yield { position: changes.position() };
      }
    })();
  });
}
