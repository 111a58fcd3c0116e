/** The person, or the part of the system, on whose word a command is decided. */
export interface Actor {
  /** A keyed id of the signed-in person; stands on every event as its actor. */
  readonly personId: string;
  /** The normalized Keap ID that this person holds; null when it belongs to somebody else's sign-in. */
  readonly keapId: string | null;
  readonly scopes: readonly Scope[];
  /** Set for the system's own hand (an import, a process that finishes what was begun), which acts in nobody's role. */
  readonly system?: true;
}

/** `operator` registers apps and sets licences; `auditor` reads every app and its history. */
export type Scope = 'operator' | 'auditor';
