import type { RosterEvent } from '../../domain/events';
import { type RosterCommand, rosterDecider } from '../../domain/roster/decide';
import type { DecisionContext } from '../../domain/roster/guards';
import type { KeyedCommand, RosterState } from '../../domain/roster/state';
import { rosterStream } from '../../domain/streams';
import type { EventStore } from '../../eventstore/eventStore';
import { appendInRun, type CommandRun, type KeapIdOf, tooManyWriters, retryOnConflict } from './append';
import type { LoadedRoster, Rosters } from './rosterCache';
import { type Clock, eventTime } from '../commandTypes';
import { KeyedMutex } from '../../concurrency';

/** The result of a command on a roster. */
export interface RosterResult {
  /** The events appended; empty when the command changed nothing. */
  readonly events: readonly RosterEvent[];
  /** Position of the last event appended; null when nothing was appended. */
  readonly position: string | null;
  /** The roster that the decision is based on. */
  readonly state: RosterState;
  /** The events that an earlier run of the same keyed command wrote; null when there was none. */
  readonly earlier: KeyedCommand | null;
}

/** Finds the Keap IDs of users in a roster. */
export const keapIdIn = ({ users }: RosterState): KeapIdOf => (userId) => users.get(userId)?.keapId;

/** Loads, decides and appends on the streams `app-<appId>`. */
export class RosterHandler {
  readonly #mutex = new KeyedMutex(tooManyWriters);

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly rosters: Rosters,
  ) {}

  /** Loads the current roster: the cached state and newer events. The state is mutable: decide before the next `await`. */
  async load(appId: string): Promise<RosterState> {
    return (await this.rosters.load(appId)).state;
  }

  /** Loads the current roster with the revision of its last event. The state is mutable: decide before the next `await`. */
  loaded(appId: string): Promise<LoadedRoster> {
    return this.rosters.load(appId);
  }

  /** Returns the time and the actor of a decision. */
  contextOf(run: CommandRun): DecisionContext {
    return { now: run.at ?? this.clock.now(), actor: run.caller.actor };
  }

  /**
   * Decides the command on the current roster and appends its events. Decides again after a conflict.
   * @throws DomainError when a rule forbids the command.
   */
  async handle(appId: string, command: RosterCommand, run: CommandRun): Promise<RosterResult> {
    const attempt = async (): Promise<RosterResult> => {
      const { state, revision } = await this.rosters.load(appId);
      const earlier = (run.keyed && state.keyedCommands.get(run.commandId)) || null;
      if (earlier) return { events: [], position: earlier.position, state, earlier };
      const context = this.contextOf(run);
      const events = rosterDecider.decide(command, state, context);
      if (events.length === 0) return { events, position: null, state, earlier: null };
      const { position } = await appendInRun(this.store, run, { stream: rosterStream(appId), events, time: eventTime(context.now, state.lastOccurredAt), expectedRevision: revision, keapIdOf: keapIdIn(state) });
      return { events, position, state, earlier: null };
    };
    return this.#mutex.run(rosterStream(appId), () => retryOnConflict(attempt));
  }
}
