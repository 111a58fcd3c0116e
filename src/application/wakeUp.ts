/** Lets one sleeper wait until there is something new. Waking up before the sleep counts, once, however often it was. */
export class WakeUp {
  #awake = false;
  #resolve: (() => void) | null = null;

  /** There is something new. */
  wake(): void {
    this.#awake = true;
    this.#resolve?.();
  }

  /** Settles as soon as there is something new since the last sleep. */
  async sleep(): Promise<void> {
    if (!this.#awake) await new Promise<void>((resolve) => { this.#resolve = resolve; });
    this.#resolve = null;
    this.#awake = false;
  }
}
