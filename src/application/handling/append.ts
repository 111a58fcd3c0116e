import { v4, v5 } from 'uuid';
import type { Caller, EventTime } from '../commandTypes';
import type { DomainEvent, Recorded } from '../../domain/events';
import { currentVersion, liftedEvent } from '../../domain/eventVersions';
import { textsAboutPeople } from '../../domain/textsAboutPeople';
import { type ActingPerson, type AppendResult, decidedAtOf, type EventStore, type EventToAppend, type JsonObject, type StoredEvent, StoreUnavailable, type TextsAboutPerson, WrongExpectedRevision } from '../../eventstore/eventStore';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** One execution of a command. */
export interface CommandRun {
  readonly caller: Caller;
  /** UUID from which all new ids of this command derive, so that a repeated execution creates the same ones. */
  readonly commandId: string;
  /** Whether the command came with an idempotency key. */
  readonly keyed: boolean;
  /** Id of the cause: the event that a process reacts to, or the command itself. */
  readonly causationId: string;
  /** The time that an import uses in place of the clock's. */
  readonly at?: string;
  /** The time from which events of an earlier run have to be searched. Set when others may execute the same command, that is, with an idempotency key. */
  readonly begunAt?: string;
  /** Must be called before the first event of the command is written. Further calls do nothing. */
  readonly beforeWriting?: () => Promise<void>;
}

/** A run with a new command id. */
export function newRun(caller: Caller): CommandRun {
  const commandId = v4();
  return { caller, commandId, keyed: false, causationId: commandId };
}

/** The event that began an operation which another process or request finishes. */
export interface BegunBy {
  readonly actorId: string;
  readonly correlationId: string;
  readonly eventId: string;
}

/** A run that finishes a command in the name of the person who sent it. */
export const runInNameOf = ({ actorId, correlationId, eventId }: BegunBy, commandId: string): CommandRun => ({
  caller: { actor: { personId: actorId, keapId: null, scopes: [], system: true }, keapId: '', name: null, issuedAt: null, request: { correlationId } },
  commandId,
  keyed: false,
  causationId: eventId,
});

/** A later step of the same command. Its id derives from the command's, so that every process that finishes the command uses the same one. */
export const stepOf = (run: CommandRun, name: string): CommandRun => ({ ...run, commandId: derivedId(run.commandId, name), causationId: run.commandId });

/** A UUID (version 5) derived from another UUID and a name. */
export const derivedId = (id: string, name: string): string => v5(name, id);

/** Finds the Keap ID of a user of the app that is written to; undefined when there is no such user. */
export type KeapIdOf = (userId: string) => string | undefined;

const NOBODY: KeapIdOf = () => undefined;

/**
 * Converts domain events for the store. Event ids derive from the command id and the event's index.
 * @param keapIdOf finds whose envelope the texts about a user belong into. @throws Error when it knows no such user.
 */
export function toAppend(events: readonly DomainEvent[], run: CommandRun, { occurredAt, decidedAt }: EventTime, keapIdOf: KeapIdOf = NOBODY): EventToAppend[] {
  const { actor, request } = run.caller;
  const acting = actingPerson(run.caller);
  return events.map((event, index) => ({
    id: derivedId(run.commandId, String(index)),
    type: event.type,
    schemaVersion: currentVersion(event.type),
    occurredAt,
    data: event.data as unknown as JsonObject,
    ...textsAbout(event, keapIdOf),
    metadata: {
      actorId: actor.personId,
      correlationId: request.correlationId,
      causationId: run.causationId,
      commandId: run.commandId,
      ...(decidedAt === occurredAt ? {} : { decidedAt }),
      ...(run.keyed ? { keyed: true as const } : {}),
      ...(acting === null ? {} : { actor: acting }),
      ...(request.traceparent === undefined ? {} : { traceparent: request.traceparent }),
    },
  }));
}

/** Who acts, as it is recorded in their own envelope. Null for a part of the system. */
function actingPerson({ keapId, name, request: { clientAddress, clientName, clientVersion } }: Caller): ActingPerson | null {
  if (keapId === '') return null;
  return {
    keapId,
    name,
    ...(clientAddress === undefined ? {} : { clientAddress }),
    ...(clientName === undefined ? {} : { clientName }),
    ...(clientVersion === undefined ? {} : { clientVersion }),
  };
}

function textsAbout(event: DomainEvent, keapIdOf: KeapIdOf): { readonly about?: TextsAboutPerson } {
  const texts = textsAboutPeople(event);
  if (texts === null) return {};
  const keapId = 'keapId' in texts.person ? texts.person.keapId : keapIdOf(texts.person.userId);
  if (keapId === undefined) throw new Error(`${event.type} has a text about a user who is not in the app, so that nobody's key can encrypt it.`);
  return { about: { keapId, paths: texts.paths } };
}

/**
 * Converts a stored event to a domain event of the current version.
 * @throws Error for a type or version that this program does not know. A decision without the event could be wrong.
 */
export function toRecorded<E extends DomainEvent>(event: StoredEvent): Recorded<E> {
  const lifted = liftedEvent(event);
  if (!lifted) {
    throw new Error(`${event.stream} holds ${event.type} in version ${event.schemaVersion} at revision ${event.revision}, which this version of the service does not know. Run a newer version.`);
  }
  return {
    ...lifted,
    occurredAt: event.occurredAt,
    decidedAt: decidedAtOf(event),
    position: event.position,
    revision: event.revision,
    commandId: event.metadata.commandId,
    actorId: event.metadata.actorId,
    keyed: event.metadata.keyed === true,
  } as unknown as Recorded<E>;
}

/** The error of a command that waits with too many others to write to the same stream, or waits too long. */
export const tooManyWriters = (): StoreUnavailable => new StoreUnavailable('Too many requests are writing to the same place. Try again in a moment.');

/** One append of a run. */
export interface RunAppend {
  readonly stream: string;
  readonly events: readonly DomainEvent[];
  readonly time: EventTime;
  readonly expectedRevision: number;
  /** Finds whose envelope the texts about a user belong into. Needed for events with such texts. */
  readonly keapIdOf?: KeapIdOf;
}

/**
 * Appends the events of a command, after `beforeWriting` of the run.
 * @throws WrongExpectedRevision when another append was first, and any error of `beforeWriting`.
 */
export async function appendInRun(store: EventStore, run: CommandRun, { stream, events, time, expectedRevision, keapIdOf }: RunAppend): Promise<AppendResult> {
  await run.beforeWriting?.();
  return store.append(stream, toAppend(events, run, time, keapIdOf), expectedRevision);
}

/** Returns the last event of a stream; undefined when the stream is empty. */
export async function lastEventOf(store: EventStore, stream: string): Promise<StoredEvent | undefined> {
  for await (const event of store.readStream(stream, { backwards: true, maxCount: 1 })) return event;
  return undefined;
}

/** Events searched for an earlier run of the same command. A run further back is not found, and the command is executed again. */
const MAX_SEARCHED = 1_000;

/**
 * Finds the last event that an earlier run of the same command wrote to the stream, before a crash or under the same idempotency key.
 * @returns its position; null when there is none.
 */
export async function positionOfEarlierRun(store: EventStore, stream: string, { commandId, begunAt }: CommandRun, maxCount = MAX_SEARCHED): Promise<string | null> {
  if (begunAt === undefined) return null;
  for await (const { metadata, occurredAt, position } of store.readStream(stream, { backwards: true, maxCount })) {
    if (metadata.commandId === commandId) return position;
    if (occurredAt < begunAt) break;
  }
  return null;
}

/** Time for retries. After it, the request fails with `StoreUnavailable`. */
const GIVE_UP_AFTER_MS = 10_000;

/**
 * Runs `attempt` again whenever another append to the same stream was first. `attempt` must read and decide again each time. Of
 * concurrent attempts one succeeds in every round, so all of them succeed in the end.
 * @throws StoreUnavailable after ten seconds of conflicts.
 */
export async function retryOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      if (performance.now() > giveUpAt) throw new StoreUnavailable(`${error.stream} has too many concurrent writers. Try again.`);
      await nextTurn();
    }
  }
}
