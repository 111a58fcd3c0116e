/**
 * What `open` gives, as a stream that can be ended while it waits for something: `return` aborts the signal first. A generator alone would
 * go on waiting. The signal aborts too when the generator ends by itself, so that what belongs to the stream is let go in one place.
 */
export function endable<T>(open: (ended: AbortSignal) => AsyncGenerator<T, void>): AsyncIterableIterator<T> {
  const ending = new AbortController();
  const generator = open(ending.signal);
  return {
    async next() {
      try {
        const next = await generator.next();
        if (next.done === true) ending.abort();
        return next;
      } catch (error) {
        ending.abort();
        throw error;
      }
    },
    return() {
      ending.abort();
      return generator.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Calls back when the stream ends. */
export const whenEnded = (ended: AbortSignal, callback: () => void): void => {
  ended.addEventListener('abort', callback, { once: true });
};

/** Asked in a function, since the compiler takes the answer from before an `await` for granted. */
export const hasEnded = (ended: AbortSignal): boolean => ended.aborted;
