import { parseKeapId } from '../domain/keapId';
import { madeFitToShow } from '../domain/shownText';
import { SignInError } from './bearerSignIn';
import { SCOPES, type Identity } from './identity';
import type { Scope } from '../domain/actor';

/** Where in a token what stands. */
export interface ClaimMapping {
  readonly subject: string;
  readonly keapId: string;
  /** null: nothing has to say that the address is verified. */
  readonly keapIdVerified: string | null;
  readonly name: string;
  readonly scope: string;
}

export interface ClaimRules {
  readonly claims: ClaimMapping;
  /** what the issuer calls the scopes. */
  readonly scopes: Readonly<Record<Scope, string>>;
  /** whether the address must be said to be verified, or just not be said to be unverified. */
  readonly verifiedRequired: boolean;
  /** whether scopes may also come as a list of texts. */
  readonly scopeLists: boolean;
}

type Claims = Readonly<Record<string, unknown>>;

const MAX_NAME_LENGTH = 200;

/** Who the claims say somebody is. @throws SignInError that names the claim that is wrong. */
export function identityOf(claims: Claims, rules: ClaimRules): Identity {
  const { claims: mapping } = rules;
  const sub = textOf(claims, mapping.subject);
  const email = textOf(claims, mapping.keapId);
  requireVerified(claims, rules);
  const name = claimAt(claims, mapping.name);
  if (name !== undefined && name !== null && typeof name !== 'string') throw new SignInError(`The token's ${mapping.name} claim must be a text.`);
  const { display, normalized } = keapIdOf(email, mapping.keapId);
  return { sub, keapId: display, keapIdNormalized: normalized, name: displayName(name), scopes: scopesIn(claims, rules) };
}

/** The claim of that name; where there is none, what the name says as a path with dots. */
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
  if (typeof value !== 'string' || value.trim() === '') throw new SignInError(`The token's ${name} claim must be a text that is not empty.`);
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
  throw new SignInError(`The token's ${name} claim must be a text of scopes with spaces between them${scopeLists ? ', or a list of them' : ''}.`);
}

/** The known scopes; others in a token are passed over. */
const named = (given: ReadonlySet<unknown>, names: ClaimRules['scopes']): readonly Scope[] => SCOPES.filter((scope) => given.has(names[scope]));

function keapIdOf(email: string, claim: string): ReturnType<typeof parseKeapId> {
  try {
    return parseKeapId(email, 'email');
  } catch {
    throw new SignInError(`The token's ${claim} claim is not a Keap ID.`);
  }
}

/** A provider's name is taken as far as it is fit to be shown: nobody is locked out for it. */
function displayName(name: string | null | undefined): string | null {
  const shown = madeFitToShow([...madeFitToShow(name ?? '')].slice(0, MAX_NAME_LENGTH).join(''));
  return shown === '' ? null : shown;
}
