import { DomainError } from '../../domain/domainError';
import { parseKeapId } from '../../domain/keapId';
import { printable } from '../../domain/fields';
import { type Identity, SCOPES, SignInError, SignInUnavailable } from './signIn';
import type { Scope } from '../../domain/events';
import { errors } from 'jose';
import { createHmac } from 'node:crypto';

/** Names of the claims to read. */
export interface ClaimMapping {
  readonly subject: string;
  readonly keapId: string;
  /** Null when no claim has to confirm the address. */
  readonly keapIdVerified: string | null;
  readonly name: string;
  readonly scope: string;
}

export interface ClaimRules {
  readonly claims: ClaimMapping;
  /** The issuer's names of the scopes. */
  readonly scopes: Readonly<Record<Scope, string>>;
  /** Whether a claim must confirm the address. When false, the address is only refused when the claim says that it is unverified. */
  readonly verifiedRequired: boolean;
  /** Whether scopes may also be an array of strings. */
  readonly scopeLists: boolean;
}

type Claims = Readonly<Record<string, unknown>>;

const MAX_NAME_LENGTH = 200;

/** Reads the identity from the claims. @throws SignInError that names the invalid claim. */
export function identityOf(claims: Claims, rules: ClaimRules): Identity {
  const { claims: mapping } = rules;
  const sub = textOf(claims, mapping.subject);
  const email = textOf(claims, mapping.keapId);
  requireVerified(claims, rules);
  const name = claimAt(claims, mapping.name);
  if (name !== undefined && name !== null && typeof name !== 'string') throw new SignInError(`The token's ${mapping.name} claim must be a string.`);
  const { display, normalized } = keapIdOf(email, mapping.keapId);
  return { sub, keapId: display, keapIdNormalized: normalized, name: displayName(name), scopes: scopesIn(claims, rules), issuedAt: issueTimeIn(claims), ...languageIn(claims) };
}

/** The last moment that an ISO 8601 time can have, in seconds since 1970. */
const LAST_SECOND = 8_640_000_000_000;

/** When the token was issued; null when it has no `iat` claim, or one that is no time. */
function issueTimeIn({ iat }: Claims): string | null {
  return typeof iat === 'number' && iat >= 0 && iat <= LAST_SECOND ? new Date(iat * 1000).toISOString() : null;
}

/** The language of the `locale` claim, a BCP 47 tag. A claim of another form is ignored. */
function languageIn({ locale }: Claims): Pick<Identity, 'language'> {
  const [, language] = typeof locale === 'string' ? /^([A-Za-z]{2,3})(?:[-_].{0,50})?$/.exec(locale) ?? [] : [];
  return language === undefined ? {} : { language: language.toLowerCase() };
}

/** The claim of that name, or, when there is none, the nested claim at the path with dots. */
function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Object.getOwnPropertyDescriptor(value, part)?.value;
  }
  return value;
}

function textOf(claims: Claims, name: string): string {
  const value = claimAt(claims, name);
  if (value === undefined) throw new SignInError(`The token has no ${name} claim.`);
  if (typeof value !== 'string' || value.trim() === '') throw new SignInError(`The token's ${name} claim must be a string that is not empty.`);
  return value;
}

function requireVerified(claims: Claims, { claims: { keapIdVerified }, verifiedRequired }: ClaimRules): void {
  if (keapIdVerified === null) return;
  const verified = claimAt(claims, keapIdVerified);
  if (verified === true || verified === 'true') return;
  const isSaid = verified !== undefined && verified !== null;
  if (verifiedRequired && !isSaid) throw new SignInError(`The token does not say that its e-mail address is verified (${keapIdVerified}).`);
  if (isSaid) throw new SignInError('The token says that its e-mail address is not verified.');
}

function scopesIn(claims: Claims, { claims: { scope: name }, scopes, scopeLists }: ClaimRules): readonly Scope[] {
  const value = claimAt(claims, name) ?? '';
  if (typeof value === 'string') return named(new Set(value.split(' ')), scopes);
  if (scopeLists && Array.isArray(value)) return named(new Set(value), scopes);
  throw new SignInError(`The token's ${name} claim must be a string of scopes separated by spaces${scopeLists ? ', or an array of them' : ''}.`);
}

/** The known scopes among the given ones. */
const named = (given: ReadonlySet<unknown>, names: ClaimRules['scopes']): readonly Scope[] => SCOPES.filter((scope) => given.has(names[scope]));

function keapIdOf(email: string, claim: string): ReturnType<typeof parseKeapId> {
  try {
    return parseKeapId(email, 'email');
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new SignInError(`The token's ${claim} claim is not a Keap ID (${error.code}). ${error.message}`);
  }
}

/** The printable part of the name; null when nothing is left. An odd name does not prevent the sign-in. */
function displayName(name: string | null | undefined): string | null {
  const shown = printable([...printable(name ?? '')].slice(0, MAX_NAME_LENGTH).join(''));
  return shown === '' ? null : shown;
}

/** Converts an error of the token check to one whose message contains no part of the token. */
export function asSignInError(error: unknown, algorithms: readonly string[]): SignInError | SignInUnavailable {
  if (error instanceof SignInError || error instanceof SignInUnavailable) return error;
  if (error instanceof errors.JWTExpired) return new SignInError('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return new SignInError(`The token has no ${error.claim} claim.`);
    if (error.claim === 'nbf' && error.reason === 'check_failed') return new SignInError('The token is not valid yet (nbf).');
    if (error.claim === 'iss' || error.claim === 'aud') return new SignInError(`The token is not meant for this service (${error.claim}).`);
    return new SignInError(`The token's ${error.claim} claim is not valid.`);
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return new SignInError(`The token must be signed with ${algorithms.join(' or ')}.`);
  }
  if (error instanceof errors.JWKSNoMatchingKey) return new SignInError('The token is signed with a key that the provider does not have.');
  if (error instanceof errors.JWSSignatureVerificationFailed) return new SignInError('The token\'s signature is invalid.');
  return new SignInError('The token is not a signed JWT.');
}

/** Refuses tokens that were issued in the future, which jose accepts. @throws SignInError */
export function checkIssuedAt(issuedAt: number | undefined, nowSeconds: number, toleranceSeconds: number): void {
  if (issuedAt !== undefined && issuedAt > nowSeconds + toleranceSeconds) throw new SignInError('The token was issued in the future (iat).');
}

/** Accepted values of `typ`: ID tokens and access tokens, not tokens for another purpose, such as a logout. */
const TOKEN_TYPES = ['jwt', 'at+jwt', 'application/at+jwt'];

/** Refuses tokens that were issued for another purpose than to sign in. @throws SignInError */
export function checkTokenType(type: string | undefined): void {
  if (type !== undefined && !TOKEN_TYPES.includes(type.toLowerCase())) throw new SignInError('The token is not an access token (typ).');
}

/**
 * The id of a person in events: a UUID of version 8 (RFC 9562) from the first 128 bits of the HMAC-SHA-256 of issuer and `sub`
 * under `secretKey`. A person has the same id on every replica, and without the key nobody can link the id to the person.
 */
export function personIdOf(secretKey: Buffer, issuer: string, sub: string): string {
  const bytes = createHmac('sha256', secretKey)
    .update(`person\0${JSON.stringify([issuer, sub])}`)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
