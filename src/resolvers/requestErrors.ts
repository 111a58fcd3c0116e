import { GraphQLError } from 'graphql';
import { FilterTooWide } from '../projections/membershipEventsRows';
import { InvalidCursor, InvalidPage } from '../projections/pageArguments';

/** Errors of a request as a whole or of a field that may not be read. Refusals by rule are data instead (`refusals.ts`). */

/** Nobody is signed in; HTTP 401. */
export const unauthenticated = (): GraphQLError =>
  new GraphQLError('Sign in first: send a token in the header "authorization: Bearer …".', { extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } });

/** The signed-in person may not read this field. */
export const forbidden = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } });

/** An argument is outside of what is allowed; the message says what is. */
export const badUserInput = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** Too many unknown invitation tokens came from the request's address; HTTP 429. */
export const tooManyGuesses = (retryAfterSeconds: number): GraphQLError =>
  new GraphQLError(`Too many unknown invitation tokens came from your address. Try again in ${retryAfterSeconds} s.`, {
    extensions: { code: 'TOO_MANY_REQUESTS', retryAfterSeconds, http: { status: 429, headers: new Map([['retry-after', String(retryAfterSeconds)]]) } },
  });

/** The write stands at `position`, and the read models cannot show it yet; HTTP 503. */
export const notVisibleYet = (position: string): GraphQLError =>
  new GraphQLError(`The change was made, at position ${position}, but cannot be shown yet. Read again with the header x-min-position.`, {
    extensions: { code: 'PROJECTION_BEHIND', position, http: { status: 503 } },
  });

/** A reader of a subscription does not keep up with it; the message says how to go on. */
export const tooSlow = (message: string, position?: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'SUBSCRIBER_TOO_SLOW', ...(position === undefined ? {} : { position }) } });

/** A subscription came where there is only one answer. */
export const notAsked = (): GraphQLError =>
  badUserInput('A subscription is followed by WebSocket (graphql-transport-ws), or by a request that accepts text/event-stream.');

/** What `read` gives. @throws GraphQLError `BAD_USER_INPUT` where the page or the cursor cannot be. */
export function paged<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw badInputOf(error);
  }
}

/** What `read` gives in the end. @throws GraphQLError `BAD_USER_INPUT` where the page, the cursor or the filter cannot be. */
export async function pagedAsync<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw badInputOf(error);
  }
}

const badInputOf = (error: unknown): unknown =>
  error instanceof InvalidPage || error instanceof InvalidCursor || error instanceof FilterTooWide ? badUserInput(error.message) : error;
