/** The position of the last write that this client knows of. With it, every replica shows the write. */
export class LastPosition {
  #value = '';

  /** Headers that make a query wait for the last write. */
  get headers(): Readonly<Record<string, string>> {
    return this.#value === '' ? {} : { 'x-min-position': this.#value };
  }

  /** Notes the position in the answer of a mutation. A later position is a greater string. */
  note(data: object | null | undefined): void {
    for (const result of Object.values(data ?? {}) as readonly unknown[]) {
      if (typeof result !== 'object' || result === null || !('position' in result)) continue;
      if (typeof result.position === 'string' && result.position > this.#value) this.#value = result.position;
    }
  }
}
