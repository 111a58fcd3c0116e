import { DomainError } from '../domain/domainError';
import { tooManyGuesses } from './requestErrors';

/** How many unknown invitation tokens the address of a request has tried. */
export interface GuessLimit {
  /** Counts a token as unknown. @returns 0 where it may be looked up, else after how many seconds another one may. */
  take(): Promise<number>;
  /** The lookup is over; a token that was known counts no more. To be called once after each `take` that gave 0. */
  settle(known: boolean): void;
}

/** For requests whose guesses nobody counts. */
export const uncounted: GuessLimit = { take: () => Promise.resolve(0), settle: () => undefined };

/**
 * Looks a token up, and counts where it is unknown.
 * @throws GraphQLError `TOO_MANY_REQUESTS` where the address has tried too many already, whether or not this one is right.
 */
export async function guarded<T>(guesses: GuessLimit, look: () => Promise<T>): Promise<T> {
  // Counted before it is looked up: one request may hold many.
  const seconds = await guesses.take();
  if (seconds > 0) throw tooManyGuesses(seconds);
  try {
    const found = await look();
    guesses.settle(found !== null);
    return found;
  } catch (error) {
    guesses.settle(!(error instanceof DomainError && error.code === 'INVITATION_NOT_FOUND'));
    throw error;
  }
}
