import { LRUCache } from 'lru-cache';
import type { RosterEvent } from '../../domain/events';
import { rosterDecider } from '../../domain/roster/decide';
import { forkedRoster, type RosterState } from '../../domain/roster/state';
import { OverlayTable, type ReadableTable } from '../../domain/roster/tables';
import { rosterStream } from '../../domain/streams';
import type { EventStore, StoredEvent } from '../../eventstore/eventStore';
import { toRecorded } from './append';
import type { RosterSnapshots } from './rosterSnapshots';
import type { OpenedSnapshot } from './snapshotFile';
import { SnapshotTable } from './snapshotTable';
import { SharedRun, Steps } from '../../concurrency';

/** A roster, and the revision of the last event in it; -1 when it has none. */
export interface LoadedRoster {
  readonly state: RosterState;
  readonly revision: number;
}

/** Where the current rosters of apps come from. */
export interface Rosters {
  /** Loads the current roster. The state is mutable: decide before the next `await`. */
  load(appId: string): Promise<LoadedRoster>;
}

/** What a cache of rosters has done and holds. */
export interface RosterCacheStatistics {
  /** Estimated size of the rosters in memory. */
  readonly bytes: number;
  readonly rosters: number;
  /** Loads of a roster that was in memory. */
  readonly hits: number;
  /** Loads that began with a snapshot. */
  readonly fromSnapshots: number;
  /** Loads that had to fold the roster from the log. */
  readonly folds: number;
}

/**
 * Size of all rosters in memory. Above it the least recently used ones are folded again at their next use. A roster that is larger by itself
 * is kept alone.
 */
const MAX_BYTES = 256 * 1024 * 1024;

/** Events that a store reads at once, which is one step of the event loop. */
const EVENTS_PER_READ = 200;

/** A roster in memory, and the run that brings it up to date. */
interface CachedRoster {
  state: RosterState;
  revision: number;
  /** Hash of the last event. */
  hash: string;
  /** Revision of the last snapshot, also of one that could not be written; -1 for none. */
  kept: number;
  /** The snapshot that the state begins with. */
  snapshot: OpenedSnapshot | null;
  /** A newer snapshot, with which the next run begins. */
  written: OpenedSnapshot | null;
  readonly update: SharedRun;
}

/** The rosters in memory. Each is loaded by one run at a time, which all who ask for it share. */
export class RosterCache implements Rosters {
  readonly #rosters: LRUCache<string, CachedRoster>;
  /** Rosters that are being brought up to date. */
  readonly #updating = new Map<string, CachedRoster>();
  #hits = 0;
  #fromSnapshots = 0;
  #folds = 0;

  /** @param snapshots null to fold each roster from the log. */
  constructor(
    private readonly store: EventStore,
    private readonly snapshots: RosterSnapshots | null = null,
    private readonly maxBytes = MAX_BYTES,
  ) {
    this.#rosters = new LRUCache({ maxSize: maxBytes });
  }

  /** What the cache has done since the start, and holds now. */
  get statistics(): RosterCacheStatistics {
    return { bytes: this.#rosters.calculatedSize, rosters: this.#rosters.size, hits: this.#hits, fromSnapshots: this.#fromSnapshots, folds: this.#folds };
  }

  /** @inheritdoc */
  async load(appId: string): Promise<LoadedRoster> {
    const roster = this.#updating.get(appId) ?? this.#rosters.get(appId) ?? this.#empty(appId);
    if (roster.revision >= 0) this.#hits += 1;
    this.#updating.set(appId, roster);
    try {
      await roster.update.run();
    } finally {
      if (roster.update.isIdle && this.#updating.get(appId) === roster) this.#updating.delete(appId);
    }
    return roster;
  }

  #empty(appId: string): CachedRoster {
    const state = { ...rosterDecider.initialState(), appId };
    const roster: CachedRoster = { state, revision: -1, hash: '', kept: -1, snapshot: null, written: null, update: new SharedRun(() => this.#update(appId, roster)) };
    return roster;
  }

  async #update(appId: string, roster: CachedRoster): Promise<void> {
    const isFirst = roster.revision < 0;
    const snapshot = roster.written ?? (isFirst ? await this.#verifiedSnapshot(appId) : null);
    if (snapshot) Object.assign(roster, { state: snapshot.state, revision: snapshot.revision, hash: snapshot.hash, kept: snapshot.revision, snapshot, written: null });
    const steps = new Steps();
    let read: number;
    do {
      read = 0;
      for await (const event of this.store.readStream(rosterStream(appId), { fromRevision: roster.revision + 1, maxCount: EVENTS_PER_READ })) {
        read += 1;
        rosterDecider.evolve(roster.state, toRecorded<RosterEvent>(event));
        roster.revision = event.revision;
        roster.hash = event.hash;
        if (steps.isOver) await steps.next();
      }
    } while (read === EVENTS_PER_READ);
    if (roster.revision < 0) return;
    if (isFirst && snapshot) this.#fromSnapshots += 1;
    else if (isFirst) this.#folds += 1;
    // Setting the same value again would keep its former size.
    this.#rosters.delete(appId);
    this.#rosters.set(appId, roster, { size: Math.min(bytesOf(roster), this.maxBytes) });
    this.#keepSnapshot(appId, roster);
  }

  /** Returns the snapshot, if its last event is the log's event of that revision. */
  async #verifiedSnapshot(appId: string): Promise<OpenedSnapshot | null> {
    const found = await this.snapshots?.find(appId);
    if (!found) return null;
    for await (const { revision, hash } of this.store.readStream(rosterStream(appId), { fromRevision: found.revision, maxCount: 1 })) {
      if (revision === found.revision && hash === found.hash) return found;
    }
    await this.snapshots?.discard(appId);
    return null;
  }

  /** Writes a snapshot in the background when one is due. What happens meanwhile is laid over the state that is written. */
  #keepSnapshot(appId: string, roster: CachedRoster): void {
    const { state, revision, hash, kept } = roster;
    if (!this.snapshots?.isDue(appId, revision, kept)) return;
    roster.state = forkedRoster(state);
    roster.kept = revision;
    this.snapshots.keep(appId, { state, revision, hash }, (written) => { roster.written = written; });
  }
}

/** The rosters of a dry run: those of the real log, with the events that the dry run appended. The real ones stay as they are. */
export class DryRunRosters implements Rosters {
  /** @param appended returns the events of the dry run, in order. */
  constructor(
    private readonly standing: Rosters,
    private readonly appended: () => readonly StoredEvent[],
  ) {}

  /** @inheritdoc */
  async load(appId: string): Promise<LoadedRoster> {
    const { state: standing, revision } = await this.standing.load(appId);
    const stream = rosterStream(appId);
    const own = this.appended().filter((event) => event.stream === stream);
    const state = own.reduce((one, event) => rosterDecider.evolve(one, toRecorded<RosterEvent>(event)), forkedRoster(standing));
    return { state, revision: own.at(-1)?.revision ?? revision };
  }
}

/** What one row takes in memory, its texts and its place in the table included, as measured. */
const BYTES = { roster: 4_000, user: 1_000, invitation: 900, keyed: 400, id: 200, send: 150 };

function bytesOf({ state, snapshot }: CachedRoster): number {
  const { users, invitations, keyedCommands, userIdsByKeapId, userIdByPerson, admins, reservedUntil, senderIdsByPerson, formerSenders, sends, departures } = state;
  const ids = [userIdsByKeapId, userIdByPerson, admins, reservedUntil, senderIdsByPerson, formerSenders, departures].reduce((sum, table) => sum + rowsInMemory(table), 0);
  const rows = rowsInMemory(users) * BYTES.user + rowsInMemory(invitations) * BYTES.invitation + rowsInMemory(keyedCommands) * BYTES.keyed + ids * BYTES.id;
  return BYTES.roster + rows + sends.length * BYTES.send + (snapshot?.bytes ?? 0);
}

function rowsInMemory(table: ReadableTable<unknown>): number {
  if (table instanceof OverlayTable) return table.changed + rowsInMemory(table.below);
  return table instanceof SnapshotTable ? table.rowsRead : table.size;
}
