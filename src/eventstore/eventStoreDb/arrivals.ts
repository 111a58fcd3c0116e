import { setImmediate as nextTurn } from 'node:timers/promises';
import { Signal } from '../../concurrency';

/** Items that have arrived and that their reader has not taken yet. */
export class Arrivals<Item> {
  #items: Item[] = [];
  #end: { readonly failure: { readonly error: unknown } | null } | null = null;
  #stopped = false;
  readonly #arrived = new Signal();
  readonly #wanted = new Signal();

  /** Adds an item that has arrived. */
  add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length === 1) this.#arrived.notify();
  }

  /** Says that nothing more will arrive. Items that have arrived can still be taken. */
  end(failure: { readonly error: unknown } | null): void {
    this.#end ??= { failure };
    this.#arrived.notify();
  }

  /** Says that the reader will take nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#wanted.notify();
  }

  /** Waits until everything that has arrived is taken. Returns whether the reader wants more. */
  async taken(): Promise<boolean> {
    if (this.#items.length > 0 && !this.#stopped) await this.#wanted.wait({ until: () => this.#items.length === 0 || this.#stopped });
    return !this.#stopped;
  }

  /** Takes what has arrived, as soon as there is something. Returns null at the end. @throws Error when the end is a failure. */
  async take(): Promise<readonly Item[] | null> {
    if (this.#items.length === 0 && this.#end === null) await this.#arrived.wait({ until: () => this.#items.length > 0 || this.#end !== null });
    // What arrives in the same turn of the event loop is taken together.
    if (this.#end === null) await nextTurn();
    const items = this.#items;
    if (items.length > 0) {
      this.#items = [];
      this.#wanted.notify();
      return items;
    }
    if (this.#end?.failure) throw this.#end.failure.error;
    return null;
  }
}
