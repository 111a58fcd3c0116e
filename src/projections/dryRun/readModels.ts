import { readModelProjections } from '../allProjections';
import { isLocked, type ReadModelDatabase } from '../engine/database';
import { lockedByAnother, whenUnlocked } from '../engine/locks';
import { RowWriter } from '../engine/runner';
import { type DryRunView, readModelsOver } from '../readModels';
import type { StoredEvent } from '../../eventstore/eventStore';
import { Steps } from '../../concurrency';

/** How often others may interrupt the steps in which events are applied. */
const MAX_INTERRUPTIONS = 3;

/** What a view shows. */
interface OpenView {
  /** What the queries of the view read. */
  readonly database: ReadModelDatabase;
  events: readonly StoredEvent[];
  /** How many of the events have been applied in the present transaction. */
  applied: number;
}

/**
 * Shows what dry runs would change. The events of a dry run are applied to the live tables in a transaction on a connection of its own, which is
 * never committed: queries on that connection read the result, nobody else does. One view at a time holds the transaction. It is rolled
 * back before the live read models are written and when another view is read, and begins again at the next statement of the view.
 */
export class DryRunReadModels {
  #connection: { readonly database: ReadModelDatabase; readonly writer: RowWriter } | null = null;
  /** The view whose transaction is open. */
  #current: OpenView | null = null;

  /** @param live the live read models. */
  constructor(private readonly live: ReadModelDatabase) {
    live.beforeWriting(() => { this.#rollBack(); });
  }

  /** Opens a view that shows no events yet. Expiry is decided at `now`. */
  open(now: string): DryRunView {
    const view: OpenView = { database: this.live.queriedOn(() => this.#entered(view)), events: [], applied: 0 };
    return {
      readModels: readModelsOver(view.database, () => now),
      show: (events) => this.#show(view, events),
      close: () => { if (this.#current === view) this.#rollBack(); },
    };
  }

  /** Closes the connection. */
  close(): void {
    this.#rollBack();
    this.#connection?.database.close();
    this.#connection = null;
  }

  /** Applies the events step by step, as long as nobody else needs the transaction too often. What is left is applied at the next query. */
  async #show(view: OpenView, events: readonly StoredEvent[]): Promise<void> {
    view.events = events;
    view.database.markChanged(null);
    const steps = new Steps();
    for (let interruptions = 0; interruptions <= MAX_INTERRUPTIONS;) {
      await whenUnlocked(() => this.#apply(view, () => steps.isOver));
      if (view.applied === events.length) return;
      await steps.next();
      if (this.#current !== view) interruptions += 1;
    }
  }

  /** Returns the connection, with a transaction that has applied the events of the view. @throws StoreUnavailable when another program has locked the file. */
  #entered(view: OpenView): ReadModelDatabase {
    try {
      return this.#apply(view, () => false);
    } catch (error) {
      throw isLocked(error) ? lockedByAnother(error) : error;
    }
  }

  /** Applies events of the view in its transaction, at least one if there is any, until all are applied or `isOver` holds. */
  #apply(view: OpenView, isOver: () => boolean): ReadModelDatabase {
    const { database, writer } = this.#connected();
    if (this.#current !== view) {
      this.#rollBack();
      this.live.settle();
      database.execute('BEGIN IMMEDIATE');
      this.#current = view;
      view.applied = 0;
      // The live rows below may have changed since.
      view.database.markChanged(null);
    }
    try {
      for (const event of view.events.slice(view.applied)) {
        apply(event, writer);
        view.applied += 1;
        if (isOver()) break;
      }
    } catch (error) {
      this.#rollBack();
      throw error;
    }
    return database;
  }

  /** Other tables are read from now on after the live read models were rebuilt. */
  #connected(): { readonly database: ReadModelDatabase; readonly writer: RowWriter } {
    if (this.#connection && !this.live.isBeside(this.#connection.database)) this.close();
    if (this.#connection === null) {
      const database = this.live.openBeside();
      this.#connection = { database, writer: new RowWriter(database, readModelProjections) };
    }
    return this.#connection;
  }

  #rollBack(): void {
    if (this.#current === null) return;
    this.#current = null;
    this.#connection?.database.execute('ROLLBACK');
  }
}

function apply(event: StoredEvent, writer: RowWriter): void {
  for (const projection of readModelProjections) {
    if (!projection.streamPrefixes.some((prefix) => event.stream.startsWith(prefix))) continue;
    for (const change of projection.apply(event)) writer.write(change);
  }
}
