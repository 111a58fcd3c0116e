/** What the page asks the worker. */
export interface Question {
  /** Number of the question. Answers name it. */
  readonly id: number;
  readonly bundle: File;
  /** Files of checkpoints that were kept. */
  readonly checkpoints: readonly File[];
  /** Older bundles that were kept. */
  readonly previous: readonly File[];
  /** Ids of the keys that may sign. Empty for any key. */
  readonly keyIds: readonly string[];
  /** Ids of the keys of witnesses, one of which must have countersigned. Empty when none must. */
  readonly witnessKeyIds: readonly string[];
  /** Numbers of events at which the log was restored, as the person knows. */
  readonly knownRestores: readonly number[];
}

/** What the page tells the worker: a question, or to stop reading. */
export type Told = { readonly ask: Question } | { readonly stop: number };

/** A finding, as `verify` prints it. */
export interface ToldFinding {
  readonly what: string;
  readonly message: string;
  readonly stream?: string;
  readonly revision?: number;
  readonly position?: string;
}

/** What was found out about a file. Lists have their first 200 entries: somebody made the file, and may have made them long. */
export interface Verified {
  readonly storeId: string;
  readonly events: number;
  readonly provenEvents: number;
  /** Time and number of events of the checkpoint; null without one. */
  readonly checkpoint: { readonly time: string; readonly events: number } | null;
  readonly keyIds: readonly string[];
  readonly sealedBy: string | null;
  readonly comparedCheckpoints: number;
  readonly otherCheckpoints: number;
  /** The access review in the file; null without one. */
  readonly review: { readonly app: string; readonly people: number; readonly kept: number; readonly removed: number; readonly finishedAt: string } | null;
  readonly witnesses: readonly { readonly keyId: string; readonly events: number; readonly time: string }[];
  /** What signed statements about keys and logs say, in sentences of the program. */
  readonly statements: readonly string[];
  /** The time stamp in the file, as far as it was checked; null without one, or where it is wrong. */
  readonly timeStamp: { readonly events: number; readonly time: string } | null;
  /** The first ones. */
  readonly findings: readonly ToldFinding[];
  /** How many there are. */
  readonly findingCount: number;
}

/** How far a file was read. */
export interface Progress {
  readonly file: string;
  readonly bytes: number;
  /** Size of the file in bytes. */
  readonly size: number;
  readonly lines: number;
  /** How much of all readings of all files is done, from 0 to 1. */
  readonly done: number;
}

/** What the worker answers. It is ready once, when it is loaded. */
export type Answer =
  | { readonly is: 'ready' }
  | { readonly is: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly is: 'verified'; readonly id: number; readonly result: Verified }
  | { readonly is: 'stopped'; readonly id: number }
  /** The browser cannot read a file. */
  | { readonly is: 'unreadable'; readonly id: number; readonly file: string }
  /** There is no checkpoint in the files of checkpoints. */
  | { readonly is: 'noCheckpoints'; readonly id: number }
  /** What was kept cannot be compared, says the program. */
  | { readonly is: 'failed'; readonly id: number; readonly message: string };
