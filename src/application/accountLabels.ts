import type { AccountEvent, Recorded } from '../domain/events';
import { parseLabel } from '../domain/fieldRules';
import { notInApp, userOfActor } from '../domain/roster/rosterGuards';
import { accountStream } from '../domain/streamNames';
import { NO_STREAM, type EventStore } from '../eventstore/eventStore';
import { appendInRun } from './appendInRun';
import { requireAppId } from './appCommands';
import { notBefore, type Clock } from './clock';
import type { CommandRun } from './commandRun';
import type { SetAccountLabelInput, UserOutcome } from './commandTypes';
import { untilNoConflict } from './optimisticLoop';
import { toRecorded } from './recordedEvent';
import type { RosterHandler } from './rosterHandler';

/** A person does not rename an app more often than this between a request and its repetition. */
const MAX_LOOKED_AT = 1_000;

/** What people call the apps in their own Account Central: one short stream a user, kept over leaving and coming back. */
export class AccountLabels {
  constructor(
    private readonly store: EventStore,
    private readonly rosters: RosterHandler,
    private readonly clock: Clock,
  ) {}

  /**
   * Sets the caller's own label of an app that they are in. The same label again is the same wish.
   * @throws DomainError `INVALID_INPUT`, `APP_NOT_FOUND`, or `FORBIDDEN` for an auditor or operator who is not in the app.
   */
  async set({ appId, label: raw }: SetAccountLabelInput, run: CommandRun): Promise<UserOutcome> {
    const label = parseLabel(raw);
    requireAppId(appId);
    return untilNoConflict(async () => {
      const roster = await this.rosters.load(appId);
      const user = userOfActor(roster, run.caller.actor);
      if (user?.status !== 'ACTIVE') throw notInApp('label', roster, run.caller.actor);
      const { userId } = user;
      const stream = accountStream(userId);
      let last: Recorded<AccountEvent> | null = null;
      for await (const stored of this.store.readStream(stream, { backwards: true, maxCount: run.begunAt === undefined ? 1 : MAX_LOOKED_AT })) {
        const event = toRecorded<AccountEvent>(stored);
        last ??= event;
        // The same command, before a crash; the label may have been changed since, which is to stay.
        if (event.commandId === run.commandId) return { appId, userId, position: event.position };
        if (run.begunAt === undefined || event.occurredAt < run.begunAt) break;
      }
      if (last?.data.label === label) return { appId, userId, position: last.position };
      return { appId, userId, position: await this.#append(stream, { appId, userId, label }, last?.revision ?? NO_STREAM, last?.occurredAt ?? '', run) };
    });
  }

  async #append(stream: string, data: AccountEvent['data'], revision: number, lastOccurredAt: string, run: CommandRun): Promise<string> {
    const occurredAt = notBefore(run.at ?? this.clock.now(), lastOccurredAt);
    const { position } = await appendInRun(this.store, run, { stream, events: [{ type: 'AccountLabelSet', data }], occurredAt, expectedRevision: revision });
    return position;
  }
}
