import type { RosterEvent } from '../../domain/events';
import { type RosterCommand, rosterDecider } from '../../domain/roster/decide';
import { forkedRoster, type KeyedCommand, type RosterState } from '../../domain/roster/state';
import { rosterStream } from '../../domain/streams';
import type { DecisionContext } from '../../domain/roster/guards';
import type { EventStore, EventToAppend } from '../../eventstore/eventStore';
import { eventTime, type EventTime } from '../commandTypes';
import { type CommandRun, type KeapIdOf, toAppend } from './append';
import type { LoadedRoster } from './rosterCache';
import type { Waiting } from './rounds';

/** A command on a roster, and its execution. */
export interface RosterRun {
  readonly command: RosterCommand;
  readonly run: CommandRun;
}

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

export type WaitingRun = Waiting<RosterRun, RosterResult>;

/** A command that has events to append. */
interface Decided {
  readonly waiting: WaitingRun;
  readonly events: readonly RosterEvent[];
  readonly time: EventTime;
  /** The events as the store takes them. */
  readonly prepared: readonly EventToAppend[];
}

/** Finds the Keap IDs of users in a roster. */
export const keapIdIn = ({ users }: RosterState): KeapIdOf => (userId) => users.get(userId)?.keapId;

/**
 * Commands on the roster of one app, which are decided one after another and append their events together. Each is decided on
 * what those before it will have changed. A command that is refused, or appends nothing, is answered only when the stored roster
 * decided so: what others have not stored yet may never be.
 */
export class RosterRound {
  readonly #decided: Decided[] = [];
  /** Commands that have no answer yet, in order. */
  readonly #open: WaitingRun[] = [];
  /** The roster that the next command is decided on, and the revision of the last event in it. */
  #state: RosterState;
  #revision: number;

  constructor(
    private readonly store: EventStore,
    private readonly contextOf: (run: CommandRun) => DecisionContext,
    private readonly base: LoadedRoster,
  ) {
    this.#state = base.state;
    this.#revision = base.revision;
  }

  /** The commands that were decided and have no answer yet, in order. */
  get open(): readonly WaitingRun[] {
    return this.#open;
  }

  /** Decides the commands in order. The roster is the loaded one only until the next `await`. */
  decide(commands: readonly WaitingRun[]): void {
    for (const waiting of commands) {
      const last = this.#decided.at(-1);
      if (last && last.waiting === this.#open.at(-1)) this.#foresee(last);
      if (!this.#settle(waiting)) this.#open.push(waiting);
    }
  }

  /** Decides one command. Returns whether it has its answer. */
  #settle(waiting: WaitingRun): boolean {
    const state = this.#state;
    const isStored = state === this.base.state;
    const { command: { command, run }, resolve, reject } = waiting;
    const earlier = (run.keyed && state.keyedCommands.get(run.commandId)) || null;
    if (earlier) {
      if (isStored) resolve({ events: [], position: earlier.position, state, earlier });
      return isStored;
    }
    try {
      const context = this.contextOf(run);
      const events = rosterDecider.decide(command, state, context);
      if (events.length === 0) {
        if (isStored) resolve({ events, position: null, state, earlier: null });
        return isStored;
      }
      const time = eventTime(context.now, state.lastOccurredAt);
      this.#decided.push({ waiting, events, time, prepared: toAppend(events, run, time, keapIdIn(state)) });
      return false;
    } catch (error) {
      if (isStored) reject(error);
      return isStored;
    }
  }

  /** Applies events that are not stored yet to a copy of the roster. */
  #foresee({ waiting: { command: { run } }, events, time }: Decided): void {
    const { commandId, keyed, caller: { actor } } = run;
    if (this.#state === this.base.state) this.#state = forkedRoster(this.#state);
    for (const event of events) {
      this.#revision += 1;
      // Positions are compared to find the latest of some changes. This one comes after all that are stored, which begin with a digit.
      const position = `~${String(this.#revision).padStart(16, '0')}`;
      rosterDecider.evolve(this.#state, { ...event, ...time, position, revision: this.#revision, commandId, keyed, actorId: actor.personId });
    }
  }

  /**
   * Appends the events of all commands that have any, after `beforeWriting` of their runs, and answers these commands. Returns those that have no answer.
   * @throws WrongExpectedRevision when another append was first; what the store throws. Nothing is appended then.
   */
  async append(appId: string): Promise<readonly WaitingRun[]> {
    if (this.#decided.length === 0) return this.#open;
    const claims = await Promise.allSettled(this.#decided.map(async ({ waiting }) => waiting.command.run.beforeWriting?.()));
    const unclaimed = new Map(claims.flatMap((claim, index) => (claim.status === 'rejected' ? [[this.#decided[index]?.waiting, claim.reason as unknown] as const] : [])));
    for (const [waiting, error] of unclaimed) waiting?.reject(error);
    if (unclaimed.size > 0) return this.#open.filter((waiting) => !unclaimed.has(waiting));
    const stream = rosterStream(appId);
    const appended = await this.store.append(stream, this.#decided.flatMap(({ prepared }) => prepared), this.base.revision);
    await this.#answer(stream, appended.position);
    const answered = new Set(this.#decided.map(({ waiting }) => waiting));
    return this.#open.filter((waiting) => !answered.has(waiting));
  }

  /** Answers the commands whose events are appended, each with the position of its own last event. */
  async #answer(stream: string, last: string): Promise<void> {
    const { state, revision } = this.base;
    const [only, ...others] = this.#decided;
    const answer = ({ waiting, events }: Decided, position: string): void => { waiting.resolve({ events, position, state, earlier: null }); };
    if (only && others.length === 0) {
      answer(only, last);
      return;
    }
    try {
      const positions: string[] = [];
      const maxCount = this.#decided.reduce((sum, { events }) => sum + events.length, 0);
      for await (const { position } of this.store.readStream(stream, { fromRevision: revision + 1, maxCount })) positions.push(position);
      let end = 0;
      for (const decided of this.#decided) answer(decided, positions[(end += decided.events.length) - 1] ?? last);
    } catch (error) {
      for (const { waiting } of this.#decided) waiting.reject(error);
    }
  }
}
