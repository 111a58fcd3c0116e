import { GraphQLError, type ExecutionResult } from 'graphql';
import { tooSlow } from '../resolvers/requestErrors';

export interface LiveOperationParts {
  /** what is followed, as the schema's `subscribe` gives it. */
  readonly source: AsyncIterable<unknown>;
  /** Makes the message of one thing that was told. */
  readonly answer: (told: unknown) => Promise<ExecutionResult>;
  /** The message of an error, as the outside sees it. */
  readonly failure: (error: unknown) => ExecutionResult;
  /** So long a message may wait for its reader, in milliseconds. */
  readonly stallMs: number;
  /** called once, at the end. */
  readonly onClosed: () => void;
}

/**
 * The messages of one subscription. The next one is made when the reader asks for it, so that none are kept. A message without data is the last one:
 * going on after it would leave a gap.
 */
export class LiveOperation implements AsyncIterableIterator<ExecutionResult> {
  readonly #source: AsyncIterator<unknown>;
  readonly #messages: AsyncGenerator<ExecutionResult, void>;
  #ending: Error | null = null;
  #stalled: NodeJS.Timeout | undefined;
  #isClosed = false;
  #position: string | undefined;

  constructor(private readonly parts: LiveOperationParts) {
    this.#source = parts.source[Symbol.asyncIterator]();
    this.#messages = this.#answered();
  }

  next(): Promise<IteratorResult<ExecutionResult, void>> {
    return this.#messages.next();
  }

  /** Ends it without another message. */
  async return(): Promise<IteratorResult<ExecutionResult, void>> {
    await this.#close();
    return this.#messages.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends it; the last message tells the error. */
  async end(error: Error): Promise<void> {
    this.#ending ??= error;
    await this.#source.return?.();
  }

  async *#answered(): AsyncGenerator<ExecutionResult, void> {
    try {
      for (;;) {
        const result = await this.#next();
        if (result === null) return;
        const isLast = result.data === null || result.data === undefined;
        if (!isLast) this.#awaitReader();
        yield result;
        clearTimeout(this.#stalled);
        if (isLast) return;
      }
    } finally {
      await this.#close();
    }
  }

  async #next(): Promise<ExecutionResult | null> {
    const { answer, failure } = this.parts;
    try {
      if (this.#ending) return failure(this.#ending);
      const told = await this.#source.next();
      if (this.#hasEnded()) return failure(this.#ending);
      if (told.done === true) return null;
      const result = await answer(told.value);
      this.#position = positionOf(told.value) ?? this.#position;
      return result;
    } catch (error) {
      const isSlow = error instanceof GraphQLError && error.extensions['code'] === 'SUBSCRIBER_TOO_SLOW';
      return failure(isSlow ? tooSlow(error.message, this.#position) : error);
    }
  }

  /** Asked in a function, since the compiler takes the answer from before an `await` for granted. */
  #hasEnded(): boolean {
    return this.#ending !== null;
  }

  #awaitReader(): void {
    const { stallMs } = this.parts;
    this.#stalled = setTimeout(() => {
      void this.end(tooSlow(`A message has to be taken within ${stallMs / 1000} s. Subscribe again; membershipEvents goes on from "extensions.position".`, this.#position));
    }, stallMs);
    this.#stalled.unref();
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#stalled);
    await this.#source.return?.();
    this.parts.onClosed();
  }
}

/** Where in the log what was told stands. */
function positionOf(told: unknown): string | undefined {
  const position: unknown = typeof told === 'object' && told !== null && 'position' in told ? told.position : undefined;
  return typeof position === 'string' ? position : undefined;
}
