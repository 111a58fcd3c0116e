/**
 * Reads items some at a time, and prepares those together before the first of them is used.
 * @throws what reading them throws, once those before were used.
 */
export async function* preparedInParts<T>(items: AsyncIterable<T>, size: number, prepare: (part: readonly T[]) => Promise<void>): AsyncGenerator<T, void, undefined> {
  const reader = items[Symbol.asyncIterator]();
  const readPart = async (): Promise<{ readonly part: readonly T[]; readonly failure?: { readonly error: unknown }; readonly isLast: boolean }> => {
    const part: T[] = [];
    try {
      while (part.length < size) {
        const next = await reader.next();
        if (next.done === true) return { part, isLast: true };
        part.push(next.value);
      }
    } catch (error) {
      return { part, failure: { error }, isLast: true };
    }
    return { part, isLast: false };
  };
  try {
    for (;;) {
      const { part, failure, isLast } = await readPart();
      await prepare(part);
      yield* part;
      if (failure) throw failure.error;
      if (isLast) return;
    }
  } finally {
    await reader.return?.();
  }
}
