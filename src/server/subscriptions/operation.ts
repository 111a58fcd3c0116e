import { type ExecutionResult, GraphQLError } from 'graphql';
import { isAborted } from '../../concurrency';
import { tooSlow } from '../../resolvers/shared/errors';

interface LiveOperationParts {
  /** The source event stream, as graphql-js calls it. */
  readonly source: AsyncIterable<unknown>;
  /** Executes the operation for one source event. */
  readonly answer: (told: unknown) => Promise<ExecutionResult>;
  /** Converts an error to a message with public errors. */
  readonly failure: (error: unknown) => ExecutionResult;
  /** A subscriber that has not taken a message after this many milliseconds is disconnected. */
  readonly stallMs: number;
  /** Called once, when the subscription has ended. */
  readonly onClosed: () => void;
}

/**
 * The messages of one subscription. Each is produced when the subscriber asks for it, so that none are buffered. A message without
 * data is the last one, because continuing after it would leave a gap.
 */
export class LiveOperation implements AsyncIterableIterator<ExecutionResult> {
  readonly #source: AsyncIterator<unknown>;
  readonly #messages: AsyncGenerator<ExecutionResult, void>;
  readonly #ending = new AbortController();
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

  /** Ends the subscription without another message. */
  async return(): Promise<IteratorResult<ExecutionResult, void>> {
    await this.#close();
    return this.#messages.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends the subscription with a last message that contains the error. */
  async end(error: Error): Promise<void> {
    this.#ending.abort(error);
    await this.#source.return?.();
  }

  async *#answered(): AsyncGenerator<ExecutionResult, void> {
    try {
      for (;;) {
        const result = await this.#next();
        if (result === null || this.#hasClosed()) return;
        const isLast = result.data === null || result.data === undefined;
        if (!isLast) this.#awaitReader();
        yield result;
        clearTimeout(this.#stalled);
        if (isLast) return;
      }
    } finally {
      clearTimeout(this.#stalled);
      await this.#close();
    }
  }

  #hasClosed(): boolean {
    return this.#isClosed;
  }

  async #next(): Promise<ExecutionResult | null> {
    const { answer, failure } = this.parts;
    const { signal } = this.#ending;
    try {
      if (signal.aborted) return failure(signal.reason);
      const told = await this.#source.next();
      if (isAborted(signal)) return failure(signal.reason);
      if (told.done === true) return null;
      const result = await answer(told.value);
      this.#position = positionOf(told.value) ?? this.#position;
      return result;
    } catch (error) {
      const isSlow = error instanceof GraphQLError && error.extensions['code'] === 'SUBSCRIBER_TOO_SLOW';
      return failure(isSlow ? tooSlow(error.message, this.#position) : error);
    }
  }

  #awaitReader(): void {
    const { stallMs } = this.parts;
    this.#stalled = setTimeout(() => {
      void this.end(tooSlow(`A message must be taken within ${stallMs / 1000} s. Subscribe again; membershipEvents can continue after "extensions.position".`, this.#position));
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

/** The log position of a source event; undefined when it has none. */
function positionOf(told: unknown): string | undefined {
  const position: unknown = typeof told === 'object' && told !== null && 'position' in told ? told.position : undefined;
  return typeof position === 'string' ? position : undefined;
}
