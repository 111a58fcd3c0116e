import { GraphQLError } from 'graphql';
import { FilterTooWide } from '../../projections/membershipEvents/rows';
import { InvalidCursor, InvalidPage } from '../../projections/paging/page';

// Errors of a request as a whole, or of a field that the viewer may not read. Refusals by a rule are data instead (`refusals.ts`).

/** Nobody is signed in. Answers HTTP 401. */
export const unauthenticated = (): GraphQLError =>
  new GraphQLError('Sign in first: send a token in the header "authorization: Bearer …".', { extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } });

/** The signed-in person may not read the field. */
export const forbidden = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } });

/** The value of an argument is not allowed. The message says what is. */
export const badUserInput = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** The client address has tried too many unknown invitation tokens. Answers HTTP 429. */
export const tooManyGuesses = (retryAfterSeconds: number): GraphQLError =>
  new GraphQLError(`Too many unknown invitation tokens came from your address. Try again in ${retryAfterSeconds} s.`, {
    extensions: { code: 'TOO_MANY_REQUESTS', retryAfterSeconds, http: { status: 429, headers: new Map([['retry-after', String(retryAfterSeconds)]]) } },
  });

/** The change was written at `position`, but the read models do not include it yet. Answers HTTP 503. */
export const notVisibleYet = (position: string): GraphQLError =>
  new GraphQLError(`The change was written at position ${position}, but cannot be shown yet. Query again with the header x-min-position.`, {
    extensions: { code: 'PROJECTION_BEHIND', position, http: { status: 503 } },
  });

/** A subscriber does not keep up with the messages. The message says how to continue. */
export const tooSlow = (message: string, position?: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'SUBSCRIBER_TOO_SLOW', ...(position === undefined ? {} : { position }) } });

/** A subscription was sent to an endpoint that returns a single response. */
export const notAsked = (): GraphQLError =>
  badUserInput('Send subscriptions over WebSocket (graphql-transport-ws), or in a request that accepts text/event-stream.');

/** Calls `read`. @throws GraphQLError `BAD_USER_INPUT` when the page or the cursor is invalid. */
export function paged<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw badInputOf(error);
  }
}

/** Awaits `read`. @throws GraphQLError `BAD_USER_INPUT` when the page, the cursor or the filter is invalid. */
export async function pagedAsync<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw badInputOf(error);
  }
}

const badInputOf = (error: unknown): unknown =>
  error instanceof InvalidPage || error instanceof InvalidCursor || error instanceof FilterTooWide ? badUserInput(error.message) : error;
