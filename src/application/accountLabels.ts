import type { AccountEvent } from '../domain/events';
import { parseLabel } from '../domain/fields';
import { notInApp, userOfActor } from '../domain/roster/guards';
import { accountStream } from '../domain/streams';
import { NO_STREAM } from '../eventstore/eventStore';
import { appendInRun, type CommandRun, lastEventOf, positionOfEarlierRun, toRecorded, retryOnConflict } from './handling/append';
import { requireAppId } from './apps';
import { eventTime, type InApp, type UserOutcome } from './commandTypes';
import type { CommandPorts } from './commandPorts';

/**
 * Sets the caller's own label of an app. Each user has one short stream of labels, which is kept when they leave and come back.
 * Setting the same label again changes nothing.
 * @throws DomainError `INVALID_INPUT`, `APP_NOT_FOUND`, or `FORBIDDEN` for an auditor or operator who is not in the app.
 */
export async function setAccountLabel({ store, rosters, clock }: CommandPorts, { appId, label: raw }: InApp<{ readonly label: string }>, run: CommandRun): Promise<UserOutcome> {
  const label = parseLabel(raw);
  requireAppId(appId);
  return retryOnConflict(async () => {
    const roster = await rosters.load(appId);
    const user = userOfActor(roster, run.caller.actor);
    if (user?.status !== 'ACTIVE') throw notInApp('label', roster, run.caller.actor);
    const { userId, keapId } = user;
    const stream = accountStream(userId);
    const stored = await lastEventOf(store, stream);
    // A label that was set since then stays.
    const earlier = await positionOfEarlierRun(store, stream, run);
    if (earlier !== null) return { appId, userId, position: earlier };
    const last = stored && toRecorded<AccountEvent>(stored);
    if (last?.data.label === label) return { appId, userId, position: last.position };
    const time = eventTime(run.at ?? clock.now(), last?.occurredAt ?? '');
    const events: AccountEvent[] = [{ type: 'AccountLabelSet', data: { appId, userId, label } }];
    const { position } = await appendInRun(store, run, { stream, events, time, expectedRevision: last?.revision ?? NO_STREAM, keapIdOf: () => keapId });
    return { appId, userId, position };
  });
}
