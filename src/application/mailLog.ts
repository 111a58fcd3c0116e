import type { MailEvent } from '../domain/events';
import { mailStream } from '../domain/streamNames';
import type { EventStore } from '../eventstore/eventStore';
import type { MailHead, MailKey } from '../projections/mailToDoRows';
import { systemCaller } from './caller';
import { notBefore, type Clock } from './clock';
import { untilNoConflict } from './optimisticLoop';
import { toAppend, toRecorded } from './recordedEvent';

/** What led to an event about a message, and under which id it is written. */
export interface MailRun {
  /** the same for a repetition; different for two processes that want the same thing. */
  readonly commandId: string;
  readonly causationId: string;
  readonly correlationId?: string;
}

/** Writes down what became of messages: one stream an app, of which only what is newer than the read models is read. */
export class MailLog {
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Appends the event unless, after `seen`, something was written about the same message that `excludes` it.
   * @returns where the stream stands then; null where nothing was written. @throws StoreUnavailable
   */
  async record({ appId, invitationId, sendCount }: MailKey, seen: MailHead, event: MailEvent, run: MailRun, excludes: (newer: MailEvent) => boolean): Promise<MailHead | null> {
    const stream = mailStream(appId);
    let head = seen;
    return untilNoConflict(async () => {
      for await (const stored of this.store.readStream(stream, { fromRevision: head.revision + 1 })) {
        const newer = toRecorded<MailEvent>(stored);
        head = { revision: newer.revision, occurredAt: newer.occurredAt };
        if (newer.commandId === run.commandId) return head;
        if (newer.data.invitationId === invitationId && newer.data.sendCount === sendCount && excludes(newer)) return null;
      }
      const occurredAt = notBefore(this.clock.now(), head.occurredAt);
      const { commandId, causationId, correlationId } = run;
      const { revision } = await this.store.append(stream, toAppend([event], { caller: systemCaller('mail', correlationId), commandId, keyed: false, causationId }, occurredAt), head.revision);
      return { revision, occurredAt };
    });
  }
}

/** Whether the message is done with: sent, or given up. */
export const isSettled = (event: MailEvent): boolean => event.type === 'InvitationEmailSent' || (event.type === 'InvitationEmailFailed' && event.data.retryAt === null);
