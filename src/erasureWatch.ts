/** Notices that people were erased elsewhere, after which this process must let go of what it holds in plain text. */
export class ErasureWatch {
  #notice: (reason: Error) => void = () => undefined;
  /** Resolves once that has happened. */
  readonly noticed = new Promise<Error>((resolve) => {
    this.#notice = resolve;
  });

  /** @param seen how many erasures had been before the read models began to be filled. */
  constructor(
    private readonly keys: { erasures(): Promise<number> },
    private readonly seen: number,
  ) {}

  /** @throws StoreUnavailable when the keys cannot be asked. */
  async look(): Promise<void> {
    if ((await this.keys.erasures()) !== this.seen) this.#notice(new Error('Somebody was erased: what this process holds of them goes when it starts again'));
  }
}
