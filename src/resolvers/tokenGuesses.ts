import { DomainError } from '../domain/domainError';
import { tooManyGuesses } from './requestErrors';

/** How many unknown invitation tokens the address of a request has tried. */
export interface GuessLimit {
  /** Counts a token as unknown. @returns 0 where it may be looked up, else after how many seconds another one may. */
  take(): number;
  /** Counts it no more: it was known. */
  giveBack(): void;
}

/** For requests whose guesses nobody counts. */
export const uncounted: GuessLimit = { take: () => 0, giveBack: () => undefined };

/**
 * Looks a token up, and counts where it is unknown.
 * @throws GraphQLError `TOO_MANY_REQUESTS` where the address has tried too many already, whether or not this one is right.
 */
export async function guarded<T>(guesses: GuessLimit, look: () => Promise<T>): Promise<T> {
  // Counted before it is looked up: one request may hold many.
  const seconds = guesses.take();
  if (seconds > 0) throw tooManyGuesses(seconds);
  try {
    const found = await look();
    if (found !== null) guesses.giveBack();
    return found;
  } catch (error) {
    if (!(error instanceof DomainError && error.code === 'INVITATION_NOT_FOUND')) guesses.giveBack();
    throw error;
  }
}
