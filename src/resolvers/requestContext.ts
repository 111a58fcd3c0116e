import type { AppliedChanges } from '../application/appliedChanges';
import type { AuditedRead, AuditTrail } from '../application/auditTrail';
import type { Caller } from '../application/caller';
import type { MembershipCommands } from '../application/membershipCommands';
import type { MembershipHistory } from '../application/membershipHistory';
import type { TrialEvent } from '../application/trialReadModels';
import type { AsOf, AsOfReadModels } from '../projections/asOfReadModels';
import type { ProjectionDigestQueries } from '../projections/projectionDigestQueries';
import type { ReadModels } from '../projections/readModels';
import type { WebhooksQueries } from '../projections/webhooksQueries';
import type { ProofQueries } from '../proofs/proofQueries';
import { ReadSource } from './readSource';
import { badUserInput, unauthenticated } from './requestErrors';
import { uncounted, type GuessLimit } from './tokenGuesses';
import { Visibility } from './visibility';

export interface AsOfViewRequest {
  readonly appIds: readonly string[];
  /** users whose account labels are wanted. */
  readonly labelUserIds?: readonly string[];
  readonly asOf: AsOf;
}

/** What a request may read: the read models, live and of the past, and the history. */
export interface Views {
  readonly live: ReadModels;
  /** What really stands, where `live` shows what a trial has made. */
  readonly standing?: ReadModels;
  /** Reads the named apps as they were. Whoever asks closes the answer. */
  asOf(request: AsOfViewRequest): Promise<AsOfReadModels>;
  readonly history: Pick<MembershipHistory, 'page' | 'pageOfUser' | 'reasonsOf'>;
  readonly audit: Pick<AuditTrail, 'record'>;
  readonly changes: Pick<AppliedChanges, 'onApp' | 'onPerson' | 'position'>;
  readonly digests: Pick<ProjectionDigestQueries, 'all'>;
  readonly webhooks: Pick<WebhooksQueries, 'all' | 'byId' | 'deadLetters' | 'deadLetterCount'>;
  readonly proofs: Pick<ProofQueries, 'page' | 'latest' | 'inclusion' | 'consistency'>;
  /** Whether the live read models reached the position within that many milliseconds. */
  waitFor(position: string, timeoutMs: number): Promise<boolean>;
  /** What the live read models have seen. */
  position(): string;
}

/** The wishes of `MembershipCommands`. */
export type Commands = Pick<MembershipCommands, keyof MembershipCommands>;

/** Each look into the past folds the app's events, so a request has a few and not any number of them. */
const MAX_LOOKS_BACK = 10;

/** What the resolvers of one request share. The server makes one for each request, and calls `disposables` at its end. */
export class RequestContext {
  /** To be called when the request has been answered. */
  readonly disposables: (() => void)[] = [];
  // No private names (#) in this class: the GraphQL server copies its instances by their properties.
  private readonly past = new Map<string, Promise<ReadSource>>();
  private readonly audited = new Map<string, Promise<void>>();
  private present: ReadSource;
  private sight: Visibility | null;

  /**
   * @param caller null where nobody is signed in.
   * @param guesses counts unknown tokens of invitations.
   * @param tried what the request would have written, where it only tries; null where it does write.
   */
  constructor(
    readonly caller: Caller | null,
    readonly commands: Commands,
    readonly views: Views,
    readonly guesses: GuessLimit = uncounted,
    readonly tried: (() => readonly TrialEvent[]) | null = null,
  ) {
    this.present = this.openLive();
    this.sight = this.openVisibility();
  }

  /** The live read models. */
  get live(): ReadSource {
    return this.present;
  }

  /** What the signed-in person may see. @throws GraphQLError `UNAUTHENTICATED` */
  get visibility(): Visibility {
    if (!this.sight) throw unauthenticated();
    return this.sight;
  }

  /** Who is signed in. @throws GraphQLError `UNAUTHENTICATED` */
  requireCaller(): Caller {
    if (!this.caller) throw unauthenticated();
    return this.caller;
  }

  /** Forgets what was loaded before a write, or before something that a subscription tells. */
  renew(): void {
    this.present = this.openLive();
    this.sight = this.openVisibility();
  }

  /**
   * The named apps as they were; the same question is read once.
   * @throws GraphQLError `BAD_USER_INPUT` for more than ten different questions in one request.
   */
  asOf(request: AsOfViewRequest): Promise<ReadSource> {
    const key = JSON.stringify([request.asOf, request.appIds, request.labelUserIds ?? []]);
    const known = this.past.get(key);
    if (known) return known;
    if (this.past.size >= MAX_LOOKS_BACK) return Promise.reject(badUserInput(`One request may ask about ${MAX_LOOKS_BACK} different moments or apps with "asOf", not more.`));
    const folded = this.views.asOf(request);
    this.disposables.push(() => {
      folded.then(
        (past) => { past.close(); },
        () => undefined,
      );
    });
    const { asOf } = request;
    const source = folded.then((past) => new ReadSource(past.readModels, () => past.position, 'position' in asOf ? { untilPosition: asOf.position } : { untilTime: past.time }));
    this.past.set(key, source);
    return source;
  }

  /**
   * Records what the signed-in auditor reads; to be awaited before it is answered. The same read is recorded once a request.
   * @throws StoreUnavailable when it cannot be recorded.
   */
  recordRead(read: AuditedRead): Promise<void> {
    const key = JSON.stringify(read);
    const recorded = this.audited.get(key) ?? this.views.audit.record(this.requireCaller(), read);
    this.audited.set(key, recorded);
    return recorded;
  }

  private openLive(): ReadSource {
    return new ReadSource(this.views.live, () => this.views.position());
  }

  private openVisibility(): Visibility | null {
    return this.caller && new Visibility(this.caller, this.views.live, this.views.standing);
  }
}
