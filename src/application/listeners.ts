/** Listeners by what they listen for. */
export class Listeners<T> {
  readonly #byKey = new Map<string, Set<(told: T) => void>>();

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  /** @returns a function that ends it; calling that again does nothing. */
  add(key: string, listener: (told: T) => void): () => void {
    const listening = this.#byKey.get(key) ?? new Set();
    const own = (told: T): void => { listener(told); };
    this.#byKey.set(key, listening.add(own));
    return () => {
      listening.delete(own);
      if (listening.size === 0 && this.#byKey.get(key) === listening) this.#byKey.delete(key);
    };
  }

  /** Tells those who listen for one of the keys. A listener must not throw. */
  tell(keys: readonly string[], what: (key: string) => T): void {
    for (const key of keys) {
      const listening = this.#byKey.get(key);
      if (listening === undefined) continue;
      const told = what(key);
      for (const listener of [...listening]) listener(told);
    }
  }
}
