import type { RosterCommand } from '../../domain/roster/decide';
import type { DecisionContext } from '../../domain/roster/guards';
import type { RosterState } from '../../domain/roster/state';
import { type EventStore, StoreUnavailable } from '../../eventstore/eventStore';
import { type CommandRun, tooManyWriters, retryOnConflict } from './append';
import type { LoadedRoster, Rosters } from './rosterCache';
import { type RosterResult, RosterRound, type RosterRun, type WaitingRun } from './rosterRound';
import type { Clock } from '../commandTypes';
import { KeyedRounds } from './rounds';

/** Loads, decides and appends on the streams `app-<appId>`. Commands that wait for the same app share an append. */
export class RosterHandler {
  readonly #rounds = new KeyedRounds<RosterRun, RosterResult>(tooManyWriters, (appId, commands) => this.#round(appId, commands));

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
  handle(appId: string, command: RosterCommand, run: CommandRun): Promise<RosterResult> {
    return this.#rounds.run(appId, { command, run });
  }

  /** Answers one of the commands or more. Returns the others, in order. @throws StoreUnavailable, and the error of a command that is alone. */
  async #round(appId: string, commands: readonly WaitingRun[]): Promise<readonly WaitingRun[]> {
    let open = commands;
    try {
      return await retryOnConflict(async () => {
        const round = new RosterRound(this.store, (run) => this.contextOf(run), await this.rosters.load(appId));
        round.decide(open);
        open = round.open;
        return round.append(appId);
      });
    } catch (error) {
      if (error instanceof StoreUnavailable || open.length < 2) throw error;
      // One command must not make those of others fail.
      for (const one of open) await this.#round(appId, [one]).catch(one.reject);
      return [];
    }
  }
}
