/** How many keys one statement looks up. */
const KEYS_PER_STATEMENT = 500;

/** Looks many keys up, so many at once that one statement is enough for what a page needs. The keys reach the statement as one JSON text. */
export function inChunks<K, R>(keys: readonly K[], look: (keysJson: string) => readonly R[]): readonly R[] {
  const found: R[] = [];
  for (let start = 0; start < keys.length; start += KEYS_PER_STATEMENT) {
    found.push(...look(JSON.stringify(keys.slice(start, start + KEYS_PER_STATEMENT))));
  }
  return found;
}
