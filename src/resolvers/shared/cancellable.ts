/**
 * Wraps a generator in a stream that can be cancelled while it waits: `return` aborts the signal first. A generator alone would keep waiting. The
 * signal also aborts when the generator ends by itself, so that resources of the stream are released in one place.
 */
export function cancellable<T>(open: (cancelled: AbortSignal) => AsyncGenerator<T, void>): AsyncIterableIterator<T> {
  const cancelling = new AbortController();
  const generator = open(cancelling.signal);
  return {
    async next() {
      try {
        const next = await generator.next();
        if (next.done === true) cancelling.abort();
        return next;
      } catch (error) {
        cancelling.abort();
        throw error;
      }
    },
    return() {
      cancelling.abort();
      return generator.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Calls back when the stream is cancelled or ends. */
export const onCancel = (cancelled: AbortSignal, callback: () => void): void => {
  cancelled.addEventListener('abort', callback, { once: true });
};
