import { DomainError } from '../domain/domainError';
import { tooManyGuesses } from './requestErrors';

/** How many unknown invitation tokens the address of a request has tried. */
export interface GuessLimit {
  /** 0 where it may try another one, else after how many seconds it may. */
  wait(): number;
  /** Notes that a token was unknown. */
  miss(): void;
}

/** For requests whose guesses nobody counts. */
export const uncounted: GuessLimit = { wait: () => 0, miss: () => undefined };

/**
 * Looks a token up, and counts where it is unknown.
 * @throws GraphQLError `TOO_MANY_REQUESTS` where the address has tried too many already, whether or not this one is right.
 */
export async function guarded<T>(guesses: GuessLimit, look: () => Promise<T>): Promise<T> {
  const seconds = guesses.wait();
  if (seconds > 0) throw tooManyGuesses(seconds);
  try {
    const found = await look();
    if (found === null) guesses.miss();
    return found;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'INVITATION_NOT_FOUND') guesses.miss();
    throw error;
  }
}
