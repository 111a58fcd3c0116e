import type { Scope } from '../domain/actor';

/** Who signed in, as the token says it. */
export interface Identity {
  /** Who, for ever: the token's `sub`. */
  readonly sub: string;
  /** The Keap ID as the token has it, for display. */
  readonly keapId: string;
  /** The Keap ID as it is compared. */
  readonly keapIdNormalized: string;
  readonly name: string | null;
  readonly scopes: readonly Scope[];
}

/** The scopes that mean something here; others in a token are passed over. */
export const SCOPES: readonly Scope[] = ['operator', 'auditor'];
