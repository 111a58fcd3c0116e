/** Codes of GraphQL errors after which the same query is sent again by itself. */
const PASSING = ['PROJECTION_BEHIND', 'STORE_UNAVAILABLE', 'SIGN_IN_UNAVAILABLE', 'OVERLOADED', 'TOO_MANY_REQUESTS'];

interface WithExtensions {
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** The code of the first GraphQL error. */
export const codeOf = (errors: readonly WithExtensions[] | undefined): unknown => errors?.[0]?.extensions?.['code'];

/** Whether a failure passes by itself. */
export const isPassing = (errors: readonly WithExtensions[] | undefined): boolean => PASSING.some((code) => code === codeOf(errors));
