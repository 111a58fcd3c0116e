import type { ContactsEvent } from '../domain/events';
import { contactsDecider, type ContactsCommand } from '../domain/contacts/contactsDecider';
import type { ContactsState } from '../domain/contacts/contactsState';
import { contactsStream } from '../domain/streamNames';
import type { EventStore } from '../eventstore/eventStore';
import type { AssignedContactsQueries } from '../projections/assignedContactsQueries';
import type { ClosureRow } from '../projections/assignedContactsRows';
import { appendInRun } from './appendInRun';
import { notBefore, type Clock } from './clock';
import type { BegunBy, CommandRun } from './commandRun';
import { untilNoConflict } from './optimisticLoop';
import { ProjectionBehind } from './projectionBehind';
import { toRecorded } from './recordedEvent';
import { Turns } from './turns';

/** Which part of an app's contacts a command needs to know. */
export interface ContactsQuestion {
  readonly contactIds: readonly string[];
  readonly userIds: readonly string[];
  /** a user of whom some contact ids are wanted. */
  readonly sampleUserId?: string;
  readonly sampleSize?: number;
}

export interface ContactsResult {
  readonly events: readonly ContactsEvent[];
  /** of the last event appended; where nothing was, of the last event that was decided upon. */
  readonly position: string;
}

/** Beyond so many events the projection is not a little late but stuck, and reading on would take for ever. */
const MAX_TAIL = 10_000;

/** Loads, decides and appends on the streams `contacts-<appId>`, which are never folded from the start. */
export class ContactsHandler {
  readonly #turns = new Turns();

  constructor(
    private readonly store: EventStore,
    private readonly assignedContacts: AssignedContactsQueries,
    private readonly clock: Clock,
  ) {}

  /** Runs `attempt`, which loads and decides, when nobody else does on the same app, and again when somebody was first. */
  inTurn<T>(appId: string, attempt: () => Promise<T>): Promise<T> {
    return this.#turns.take(contactsStream(appId), () => untilNoConflict(attempt));
  }

  /**
   * The exact answer to the question: the assigned-contacts projection at its revision and the events after it.
   * @throws ProjectionBehind when there are more than 10,000 of those.
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
      if (++read > MAX_TAIL) throw new ProjectionBehind(`The view of the contacts of ${appId} is more than ${MAX_TAIL} events behind. Try again in a moment.`);
      contactsDecider.evolve(state, toRecorded<ContactsEvent>(event));
    }
    return state;
  }

  /**
   * Decides the commands one after the other on the state just loaded and appends what follows as one.
   * @throws DomainError when a rule says no.
   * @throws WrongExpectedRevision when somebody was first: load again (and the roster too, if it was asked).
   */
  async decide(appId: string, commands: readonly ContactsCommand[], state: ContactsState, run: CommandRun): Promise<ContactsResult> {
    const { revision, position } = state;
    const occurredAt = notBefore(run.at ?? this.clock.now(), state.lastOccurredAt);
    const events: ContactsEvent[] = [];
    for (const command of commands) {
      const decided = contactsDecider.decide(command, state);
      for (const event of decided) contactsDecider.evolve(state, { ...event, occurredAt, position, revision, commandId: run.commandId, keyed: run.keyed });
      events.push(...decided);
    }
    if (events.length === 0) return { events, position };
    const appended = await appendInRun(this.store, run, { stream: contactsStream(appId), events, occurredAt, expectedRevision: revision });
    return { events, position: appended.position };
  }

  /**
   * By which event the closing that stands in this state was made.
   * @throws ProjectionBehind when it is not among the last 10,000.
   */
  async closingOf(appId: string, { revision }: ContactsState, leaveId: string): Promise<BegunBy> {
    for await (const { id, type, data, metadata } of this.store.readStream(contactsStream(appId), { fromRevision: revision, backwards: true, maxCount: MAX_TAIL })) {
      if (type === 'AssigneeClosed' && data['leaveId'] === leaveId) return { actorId: metadata.actorId, correlationId: metadata.correlationId, eventId: id };
    }
    throw new ProjectionBehind(`A departure from ${appId} is being finished. Try again in a moment.`);
  }

  /**
   * What the same command wrote up to this state, executed by somebody else with the same idempotency key or before a crash.
   * @returns how many contacts it moved, and the position of the last event.
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

/** How many contacts have another assignee, or none, after these events. */
export const movedBy = (events: readonly ContactsEvent[]): number =>
  events.reduce((sum, event) => sum + ('contactIds' in event.data ? event.data.contactIds.length : 0), 0);

function latestClosures(rows: readonly ClosureRow[]): ContactsState['closures'] {
  return new Map([...rows].sort((a, b) => a.epoch - b.epoch).map(({ userId, epoch, leaveId, reason }) => [userId, { epoch, leaveId, reason }]));
}
