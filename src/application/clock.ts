/** Where the time comes from: the system's clock, or the one that a test or an import sets. */
export interface Clock {
  /** ISO 8601 in UTC with milliseconds. */
  now(): string;
}

export const systemClock: Clock = { now: () => new Date().toISOString() };

/** `now`, or the time of the last event where that is later: time never goes back within a stream. */
export const notBefore = (now: string, lastOccurredAt: string): string => (now < lastOccurredAt ? lastOccurredAt : now);

/** The moment that many milliseconds later. */
export const addMilliseconds = (at: string, milliseconds: number): string => new Date(Date.parse(at) + milliseconds).toISOString();
