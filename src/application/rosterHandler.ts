import { LRUCache } from 'lru-cache';
import type { RosterEvent } from '../domain/events';
import { rosterDecider, type RosterCommand } from '../domain/roster/rosterDecider';
import type { DecisionContext } from '../domain/roster/rosterGuards';
import type { KeyedCommand, RosterState } from '../domain/roster/rosterState';
import { rosterStream } from '../domain/streamNames';
import type { EventStore } from '../eventstore/eventStore';
import { appendInRun } from './appendInRun';
import { notBefore, type Clock } from './clock';
import type { CommandRun } from './commandRun';
import { untilNoConflict } from './optimisticLoop';
import { toRecorded } from './recordedEvent';
import { Turns } from './turns';

interface FoldedRoster {
  readonly state: RosterState;
  revision: number;
}

/** What handling a command on a roster led to. */
export interface RosterResult {
  /** what was appended; nothing where the wish was true already. */
  readonly events: readonly RosterEvent[];
  /** of the last event appended; null where nothing was. */
  readonly position: string | null;
  /** the roster that was decided upon. */
  readonly state: RosterState;
  /** what the same keyed command wrote before; null where it is new. */
  readonly earlier: KeyedCommand | null;
}

/** Loads, decides and appends on the streams `app-<appId>`. */
export class RosterHandler {
  readonly #rosters: LRUCache<string, FoldedRoster>;
  readonly #turns = new Turns();

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    cachedRosters = 1000,
  ) {
    this.#rosters = new LRUCache({ max: cachedRosters });
  }

  /** The roster as it stands: the cached fold and what is newer. It changes in place; decide before the next `await`. */
  async load(appId: string): Promise<RosterState> {
    return (await this.#load(appId)).state;
  }

  /** Now for this run and this roster, and on whose word. */
  contextOf(state: RosterState, run: CommandRun): DecisionContext {
    return { now: notBefore(run.at ?? this.clock.now(), state.lastOccurredAt), actor: run.caller.actor };
  }

  /**
   * Decides the command on the roster as it stands and appends what follows; decides again when somebody was first.
   * @throws DomainError when a rule says no.
   */
  async handle(appId: string, command: RosterCommand, run: CommandRun): Promise<RosterResult> {
    const attempt = async (): Promise<RosterResult> => {
      const { state, revision } = await this.#load(appId);
      const earlier = (run.keyed && state.keyedCommands.get(run.commandId)) || null;
      if (earlier) return { events: [], position: earlier.position, state, earlier };
      const context = this.contextOf(state, run);
      const events = rosterDecider.decide(command, state, context);
      if (events.length === 0) return { events, position: null, state, earlier: null };
      const { position } = await appendInRun(this.store, run, { stream: rosterStream(appId), events, occurredAt: context.now, expectedRevision: revision });
      return { events, position, state, earlier: null };
    };
    return this.#turns.take(rosterStream(appId), () => untilNoConflict(attempt));
  }

  async #load(appId: string): Promise<FoldedRoster> {
    let roster = this.#rosters.get(appId);
    if (!roster) {
      roster = { state: rosterDecider.initialState(), revision: -1 };
      roster.state.appId = appId;
    }
    for await (const event of this.store.readStream(rosterStream(appId), { fromRevision: roster.revision + 1 })) {
      // Another command may have taken the same events in while this one was waiting for them.
      if (event.revision !== roster.revision + 1) continue;
      rosterDecider.evolve(roster.state, toRecorded<RosterEvent>(event));
      roster.revision = event.revision;
    }
    if (roster.revision >= 0) this.#rosters.set(appId, roster);
    return roster;
  }
}
