import type { ErrorCode } from './__generated__/operations.js';

/** The result of a mutation: one type of a union, by its `__typename`. */
export interface Result {
  readonly __typename: string;
}

/** A refusal, with the code and the message that every refusal has. */
export interface Refusal extends Result {
  readonly code: ErrorCode;
  readonly message: string;
}

/** The types of a result that are refusals. */
export type RefusalOf<R extends Result> = Extract<R, { readonly code: ErrorCode }>;

/** One function for each type of a result. Leaving one out is a compile error. */
export type ResultCases<R extends Result, T> = { readonly [Name in R['__typename']]: (result: Extract<R, { readonly __typename: Name }>) => T };

/** The refusals that have a type of their own, with the code that each of them has. */
interface CodeOfType {
  readonly AlreadyInvited: 'ALREADY_INVITED';
  readonly HasAssignedContacts: 'HAS_ASSIGNED_CONTACTS';
  readonly NoLicenceAvailable: 'NO_LICENCE_AVAILABLE';
  readonly RateLimited: 'RATE_LIMITED';
  readonly WrongRecipient: 'WRONG_RECIPIENT';
}

/** The refusal with a code: of its own type where the result has one, otherwise a `Rejection`. */
export type RefusalWith<E extends Refusal, Code extends ErrorCode> = [Extract<E, { readonly __typename: TypeOfCode<Code> }>] extends [never]
  ? Exclude<E, { readonly __typename: keyof CodeOfType }>
  : Extract<E, { readonly __typename: TypeOfCode<Code> }>;

type TypeOfCode<Code extends ErrorCode> = { [Name in keyof CodeOfType]: CodeOfType[Name] extends Code ? Name : never }[keyof CodeOfType];

/** One function for each code. Leaving one out is a compile error. */
export type ErrorCases<E extends Refusal, T> = { readonly [Code in ErrorCode]: (error: RefusalWith<E, Code>) => T };

/** Whether the service refused a mutation. The message of a refusal can be displayed. */
export const isRefusal = <R extends Result>(result: R): result is RefusalOf<R> => 'code' in result && 'message' in result;

/**
 * Calls the function for the type of a mutation's result. A refusal of a type that is newer than this package is passed to `Rejection`.
 * @throws Error for another type that is newer than this package.
 */
export function matchResult<R extends Result, T>(result: R, cases: ResultCases<R, T>): T {
  return call(cases, [result.__typename, ...(isRefusal(result) ? ['Rejection'] : [])], result);
}

/**
 * Calls the function for the code of a refusal, or `otherwise` where there is none for it.
 * @throws Error for a code that is newer than this package, unless there is `otherwise`.
 */
export function matchError<E extends Refusal, T>(error: E, cases: ErrorCases<E, T>): T;
export function matchError<E extends Refusal, T>(error: E, cases: Partial<ErrorCases<E, T>>, otherwise: (error: E) => T): T;
export function matchError<E extends Refusal, T>(error: E, cases: Partial<ErrorCases<E, T>>, otherwise?: (error: E) => T): T {
  return call({ ...cases, otherwise }, [error.code, 'otherwise'], error);
}

/** Calls the first function that exists under one of the names. The types of its callers guarantee that it takes the value. */
function call<T>(cases: Readonly<Record<string, ((value: never) => T) | undefined>>, names: readonly string[], value: Result): T {
  const found = names.filter((name) => Object.hasOwn(cases, name)).map((name) => cases[name]).find((one) => one !== undefined);
  if (found === undefined) throw new Error(`There is no case for ${names[0] ?? value.__typename}. Update @partner-access/client.`);
  return found(value as never);
}
