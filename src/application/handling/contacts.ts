import type { ContactsEvent } from '../../domain/events';
import { type ContactsCommand, contactsDecider } from '../../domain/contacts/decide';
import type { ContactsState } from '../../domain/contacts/state';
import { contactsStream } from '../../domain/streams';
import type { EventStore } from '../../eventstore/eventStore';
import type { AssignedContactsQueries, ClosureRow } from '../../projections/assignedContacts/queries';
import { textsAboutPeople } from '../../domain/textsAboutPeople';
import type { RosterHandler } from './roster';
import { keapIdIn } from './rosterRound';
import { appendInRun, type BegunBy, type CommandRun, tooManyWriters, toRecorded, retryOnConflict } from './append';
import { type Clock, eventTime } from '../commandTypes';
import { ProjectionBehind } from '../errors';
import { KeyedMutex } from '../../concurrency';

/** The part of an app's contacts that a command needs. */
export interface ContactsQuestion {
  readonly contactIds: readonly string[];
  readonly userIds: readonly string[];
  /** A user of whom up to `sampleSize` contact ids are loaded. */
  readonly sampleUserId?: string;
  readonly sampleSize?: number;
}

export interface ContactsResult {
  readonly events: readonly ContactsEvent[];
  /** Position of the last event appended; when nothing was, of the last event that the decision is based on. */
  readonly position: string;
}

/** Events read after the projection's revision. When there are more, the projection is stuck rather than late, and the command fails with `ProjectionBehind`. */
const MAX_TAIL = 10_000;

/** Loads, decides and appends on the streams `contacts-<appId>`. They are never folded from the start: the projection supplies the state up to its revision. */
export class ContactsHandler {
  readonly #mutex = new KeyedMutex(tooManyWriters);

  constructor(
    private readonly store: EventStore,
    private readonly assignedContacts: AssignedContactsQueries,
    private readonly clock: Clock,
    private readonly rosters: Pick<RosterHandler, 'load'>,
  ) {}

  /** Runs `attempt`, which loads and decides, one at a time per app, and again after a conflict. */
  inTurn<T>(appId: string, attempt: () => Promise<T>): Promise<T> {
    return this.#mutex.run(contactsStream(appId), () => retryOnConflict(attempt));
  }

  /**
   * Loads the exact state: the assigned-contacts projection at its revision, and the events after it.
   * @throws ProjectionBehind when there are more than 10,000 events after it.
   */
  async load(appId: string, question: ContactsQuestion): Promise<ContactsState> {
    const slice = this.assignedContacts.contactsSlice(appId, question);
    const state: ContactsState = {
      revision: slice.revision,
      position: slice.position,
      lastOccurredAt: slice.occurredAt ?? '',
      assignees: new Map([...slice.assignees, ...slice.sample.map((contactId) => [contactId, question.sampleUserId ?? ''] as const)]),
      counts: new Map(question.userIds.map((userId) => [userId, slice.counts.get(userId) ?? 0])),
      closures: latestClosures(slice.closures),
      reassignments: new Set(this.assignedContacts.openReassignmentIds(appId)),
      sample: question.sampleUserId === undefined ? null : { userId: question.sampleUserId, contactIds: new Set(slice.sample) },
    };
    let read = 0;
    for await (const event of this.store.readStream(contactsStream(appId), { fromRevision: slice.revision + 1 })) {
      if (++read > MAX_TAIL) throw new ProjectionBehind(`The contacts of ${appId} are more than ${MAX_TAIL} events behind. Try again in a moment.`);
      contactsDecider.evolve(state, toRecorded<ContactsEvent>(event));
    }
    return state;
  }

  /**
   * Decides the commands in order on the loaded state and appends their events in one append.
   * @throws DomainError when a rule forbids one of them.
   * @throws WrongExpectedRevision when another append was first. Load again, and the roster too if it was used.
   */
  async decide(appId: string, commands: readonly ContactsCommand[], state: ContactsState, run: CommandRun): Promise<ContactsResult> {
    const { revision, position } = state;
    const time = eventTime(run.at ?? this.clock.now(), state.lastOccurredAt);
    const events: ContactsEvent[] = [];
    for (const command of commands) {
      const decided = contactsDecider.decide(command, state);
      for (const event of decided) contactsDecider.evolve(state, { ...event, ...time, position, revision, commandId: run.commandId, actorId: run.caller.actor.personId, keyed: run.keyed });
      events.push(...decided);
    }
    if (events.length === 0) return { events, position };
    const roster = events.some((event) => textsAboutPeople(event) !== null) ? await this.rosters.load(appId) : null;
    const appended = await appendInRun(this.store, run, { stream: contactsStream(appId), events, time, expectedRevision: revision, ...(roster && { keapIdOf: keapIdIn(roster) }) });
    return { events, position: appended.position };
  }

  /**
   * Finds the event of the closing that is in force in this state.
   * @throws ProjectionBehind when it is not among the last 10,000 events.
   */
  async closingOf(appId: string, { revision }: ContactsState, leaveId: string): Promise<BegunBy> {
    for await (const { id, type, data, metadata } of this.store.readStream(contactsStream(appId), { fromRevision: revision, backwards: true, maxCount: MAX_TAIL })) {
      if (type === 'AssigneeClosed' && data['leaveId'] === leaveId) return { actorId: metadata.actorId, correlationId: metadata.correlationId, eventId: id };
    }
    throw new ProjectionBehind(`A departure from ${appId} is being finished. Try again in a moment.`);
  }

  /**
   * Finds what earlier runs of the same command wrote up to this state, before a crash or under the same idempotency key.
   * @returns the number of contacts they moved and the position of their last event; null when there are none.
   */
  async writtenBefore(appId: string, state: ContactsState, run: CommandRun): Promise<{ readonly changed: number; readonly position: string } | null> {
    if (run.begunAt === undefined || state.revision < 0) return null;
    let changed = 0;
    let position: string | null = null;
    for await (const event of this.store.readStream(contactsStream(appId), { fromRevision: state.revision, backwards: true, maxCount: MAX_TAIL })) {
      if (event.occurredAt < run.begunAt) break;
      if (event.metadata.commandId !== run.commandId && event.metadata.causationId !== run.commandId) continue;
      changed += movedBy([toRecorded<ContactsEvent>(event)]);
      position ??= event.position;
    }
    return position === null ? null : { changed, position };
  }
}

/** Number of contacts whose assignee these events change or remove. */
export const movedBy = (events: readonly ContactsEvent[]): number =>
  events.reduce((sum, event) => sum + ('contactIds' in event.data ? event.data.contactIds.length : 0), 0);

function latestClosures(rows: readonly ClosureRow[]): ContactsState['closures'] {
  return new Map([...rows].sort((a, b) => a.epoch - b.epoch).map(({ userId, epoch, leaveId, reason, removalReason }) => [userId, { epoch, leaveId, reason, removalReason }]));
}
