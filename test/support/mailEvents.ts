import { mailStream } from '../../src/domain/streams';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import type { TestService } from './testService';

/** What the log says of the messages of an invitation, in order. */
export async function mailEventsOf(service: TestService, appId: string, invitationId: string): Promise<readonly StoredEvent[]> {
  const found: StoredEvent[] = [];
  for await (const event of service.running.membership.store.readStream(mailStream(appId))) if (event.data['invitationId'] === invitationId) found.push(event);
  return found;
}

/** The same, once the condition holds; it is looked at after each event that the read models take in. */
export async function untilMailEvents(service: TestService, appId: string, invitationId: string, condition: (types: readonly string[]) => boolean): Promise<readonly StoredEvent[]> {
  const { projector } = service.running.membership;
  for (;;) {
    const applied = new Promise<void>((resolve) => {
      const unsubscribe = projector.onApplied(() => {
        unsubscribe();
        resolve();
      });
    });
    const events = await mailEventsOf(service, appId, invitationId);
    if (condition(events.map(({ type }) => type.replace('InvitationEmail', '')))) {
      await service.running.membership.caughtUp(5_000);
      return events;
    }
    await applied;
  }
}
