import DataLoader from 'dataloader';
import type { AppRow, InvitationKey, InvitationRow, LicenceUsageRow, PersonInAppKey, PersonInAppRow, UnsearchedFilter, UserKey, UserRow } from '../projections/userList/rows';
import type { MembershipEventsFilter } from '../projections/membershipEvents/rows';
import type { ReadModels } from '../projections/readModels';
import { DomainError } from '../domain/domainError';
import { badUserInput, tooManyGuesses, unauthenticated } from './shared/errors';
import type { AdministrativeHistory } from '../application/history/administrativeHistory';
import type { HistoryEntry } from '../application/history/entries';
import type { AppliedChanges, MembershipHistory, RosterPlace } from '../application/history/membershipHistory';
import type { AuditedRead, AuditTrail } from '../application/history/auditTrail';
import type { Caller } from '../application/commandTypes';
import type { MembershipCommands } from '../application/commands';
import type { DryRunEvent } from '../application/handling/dryRun';
import type { AsOf, AsOfReadModels } from '../projections/past/asOf';
import type { ProjectionDigestQueries } from '../projections/digest/queries';
import type { SignInRow } from '../projections/keapIdBindings/queries';
import type { PeriodsOfAccessQueries } from '../projections/periodsOfAccess/queries';
import type { WebhooksQueries } from '../projections/webhooks/queries';
import type { ProofQueries } from '../proofs/queries';
import { momentSuffix } from './shared/globalId';
import { Visibility } from './shared/visibility';

/** Most keys in one SQL statement. A loader splits more keys into several statements. */
const MAX_BATCH = 500;

const ADMINS: UnsearchedFilter = { statuses: ['ACTIVE'], kinds: ['USER'], roles: ['ADMIN'] };

/** Loads values by key in batches, and each key only once. */
export type Loader<K, V> = Pick<DataLoader<K, V, string>, 'load'>;

const userKey = ({ appId, userId }: UserKey): string => `${appId}/${userId}`;
const personKey = ({ appId, personId }: PersonInAppKey): string => `${appId}/${personId}`;
const invitationKey = ({ appId, invitationId }: InvitationKey): string => `${appId}/${invitationId}`;

function loader<K, V, R>(keyOf: (key: K) => string, read: (keys: readonly K[]) => readonly V[], keyOfRow: (row: V) => string, orElse: R): Loader<K, V | R> {
  return new DataLoader<K, V | R, string>(
    (keys) => {
      const found = new Map(read(keys).map((row) => [keyOfRow(row), row]));
      return Promise.resolve(keys.map((key) => found.get(keyOf(key)) ?? orElse));
    },
    { cacheKeyFn: keyOf, maxBatchSize: MAX_BATCH },
  );
}

/**
 * The source that a query reads from: the live read models, or those of a moment in the past. The fields of a row are read from the row's own
 * source. Loaders live for one request, and their keys include the app.
 */
export class ReadSource {
  readonly apps: Loader<string, AppRow | undefined>;
  readonly users: Loader<UserKey, UserRow | undefined>;
  readonly invitations: Loader<InvitationKey, InvitationRow | undefined>;
  readonly licences: Loader<string, LicenceUsageRow | undefined>;
  /** Loads the user of an app by the person who signed in. */
  readonly people: Loader<PersonInAppKey, PersonInAppRow | undefined>;
  /** Loads what a person's sign-in stated last. */
  readonly signIns: Loader<string, SignInRow | undefined>;
  /** Loads the number of contacts assigned to a user. */
  readonly contactCounts: Loader<UserKey, number>;
  /** Loads the number of active admins of kind USER of an app. */
  readonly adminCounts: Loader<string, number>;

  /**
   * Opens loaders over the read models.
   * @param position returns the log position that `models` have reached.
   * @param until where the history ends, for a moment in the past.
   * @param moment ends the global ids of the objects that are read here; empty for the present.
   */
  constructor(
    readonly models: ReadModels,
    readonly position: () => string,
    readonly until: Pick<MembershipEventsFilter, 'untilTime' | 'untilPosition'> = {},
    readonly moment = '',
  ) {
    const { userList, assignedContacts, people, keapIds } = models;
    const same = (appId: string): string => appId;
    const appIdOf = ({ appId }: { readonly appId: string }): string => appId;
    this.apps = loader(same, (appIds) => userList.appsByIds(appIds), appIdOf, undefined);
    this.users = loader(userKey, (keys) => userList.usersByIds(keys), userKey, undefined);
    this.people = loader(personKey, (keys) => people.peopleInApps(keys), personKey, undefined);
    this.signIns = loader(same, (personIds) => keapIds.signIns(personIds), ({ personId }: SignInRow) => personId, undefined);
    this.invitations = loader(invitationKey, (keys) => userList.invitationsByIds(keys), invitationKey, undefined);
    this.licences = loader(same, (appIds) => userList.licenceUsage(appIds), appIdOf, undefined);
    const counts = loader(userKey, (keys) => assignedContacts.counts(keys), userKey, undefined);
    this.contactCounts = { load: async (key) => (await counts.load(key))?.count ?? 0 };
    this.adminCounts = new DataLoader((appIds) => Promise.resolve(appIds.map((appId) => userList.totalCount(appId, ADMINS))), { maxBatchSize: MAX_BATCH });
  }
}

/** Limits how many unknown invitation tokens one client address may try. */
export interface GuessLimit {
  /** Counts a token as unknown before it is looked up. @returns 0 when it may be looked up, else the seconds until another one may. */
  take(): Promise<number>;
  /** Ends a lookup, and takes back the count of a known token. Call it once after each `take` that returned 0. */
  settle(known: boolean): void;
}

/** A limit that counts nothing. */
const withoutCounting: GuessLimit = { take: () => Promise.resolve(0), settle: () => undefined };

/**
 * Looks an invitation token up, and counts it when it is unknown.
 * @throws GraphQLError `TOO_MANY_REQUESTS` when the client address has tried too many unknown tokens, whether or not this one is known.
 */
export async function guarded<T>(guesses: GuessLimit, lookUp: () => Promise<T>): Promise<T> {
  // Counted before the lookup, because one request can hold many lookups that run at once.
  const seconds = await guesses.take();
  if (seconds > 0) throw tooManyGuesses(seconds);
  try {
    const found = await lookUp();
    guesses.settle(found !== null);
    return found;
  } catch (error) {
    guesses.settle(!(error instanceof DomainError && error.code === 'INVITATION_NOT_FOUND'));
    throw error;
  }
}

/** The apps to read, and the moment to read them as of. */
export interface AsOfRequest {
  readonly appIds: readonly string[];
  /** Users whose account labels are read too. */
  readonly labelUserIds?: readonly string[];
  readonly asOf: AsOf;
}

/** Everything a request can read: the live read models, those of the past, the history and the proofs. */
export interface ReadModelsOfRequest {
  readonly live: ReadModels;
  /** The real live read models, when `live` shows the result of a dry run. */
  readonly standing?: ReadModels;
  /** Reads the named apps as of a moment. The caller closes the result. */
  asOf(request: AsOfRequest): Promise<AsOfReadModels>;
  readonly history: Pick<MembershipHistory, 'page' | 'pageOfUser' | 'reasonsOf' | 'entry' | 'rosterEvents' | 'hashedTexts'>;
  readonly administration: Pick<AdministrativeHistory, 'page' | 'entry'>;
  readonly periods: Pick<PeriodsOfAccessQueries, 'page' | 'count' | 'within'>;
  readonly audit: Pick<AuditTrail, 'record'>;
  readonly changes: Pick<AppliedChanges, 'onApp' | 'onPerson' | 'position'>;
  readonly digests: Pick<ProjectionDigestQueries, 'all'>;
  readonly webhooks: Pick<WebhooksQueries, 'all' | 'byId' | 'deadLetters' | 'deadLetterCount'>;
  readonly proofs: Pick<ProofQueries, 'page' | 'latest' | 'inclusion' | 'consistency'>;
  /** Waits until the live read models reach the position, at most `timeoutMs` milliseconds. @returns whether they did. */
  waitFor(position: string, timeoutMs: number): Promise<boolean>;
  /** The log position that the live read models have reached. */
  position(): string;
}

/** The commands that resolvers can send. */
export type Commands = Pick<MembershipCommands, keyof MembershipCommands>;

/** Most different `asOf` questions in one request, since each replays the events of an app. More are refused with `BAD_USER_INPUT`. */
const MAX_LOOKS_BACK = 10;

/** Before the first event of a log. */
const BEFORE_ALL = '0';

/**
 * Opens loaders over the past. Global ids name the last event that was read, or the time that was used, so that all questions with one answer get
 * one id, and a moment in the future gets the id of the present moment.
 */
function pastSource({ readModels, position, time }: AsOfReadModels, asOf: AsOf): ReadSource {
  const isByTime = 'time' in asOf;
  const until = isByTime ? { untilTime: time } : { untilPosition: asOf.position };
  return new ReadSource(readModels, () => position, until, momentSuffix(isByTime ? { time } : { position: position || BEFORE_ALL }));
}

/** What the resolvers of one request share. The server creates one for each request, and calls `disposables` when the request ends. */
export class RequestContext {
  /** Functions that release resources after the request was answered. */
  readonly disposables: (() => void)[] = [];
  /** Loads the text that the hash of an event is of. Nothing is kept, because a subscription lasts. */
  readonly hashedTexts: Loader<HistoryEntry['stored'], string>;
  /** Loads events of rosters by their revision. */
  readonly rosterEvents: Loader<RosterPlace, HistoryEntry>;
  // No private names (#) in this class: the GraphQL server copies its instances by their properties.
  private readonly past = new Map<string, Promise<ReadSource>>();
  private readonly audited = new Map<string, Promise<void>>();
  private present: ReadSource;
  private sight: Visibility | null;

  /**
   * Opens the live read models for the caller.
   * @param caller null when nobody is signed in.
   * @param guesses limits unknown invitation tokens.
   * @param dryRun returns the events that a dry run would have written; null when the request is not a dry run.
   */
  constructor(
    readonly caller: Caller | null,
    readonly commands: Commands,
    readonly readModels: ReadModelsOfRequest,
    readonly guesses: GuessLimit = withoutCounting,
    readonly dryRun: (() => readonly DryRunEvent[]) | null = null,
  ) {
    this.present = this.openLive();
    this.sight = this.openVisibility();
    this.rosterEvents = new DataLoader<RosterPlace, HistoryEntry, string>((places) => readModels.history.rosterEvents(places), { cacheKeyFn: ({ appId, revision }) => `${appId}/${revision}`, maxBatchSize: MAX_BATCH });
    this.hashedTexts = new DataLoader<HistoryEntry['stored'], string, string>((events) => readModels.history.hashedTexts(events), { cache: false, maxBatchSize: MAX_BATCH });
  }

  /** The source over the live read models. */
  get live(): ReadSource {
    return this.present;
  }

  /** Decides what the signed-in person may see. @throws GraphQLError `UNAUTHENTICATED` */
  get visibility(): Visibility {
    if (!this.sight) throw unauthenticated();
    return this.sight;
  }

  /** Returns the signed-in person. @throws GraphQLError `UNAUTHENTICATED` */
  requireCaller(): Caller {
    if (!this.caller) throw unauthenticated();
    return this.caller;
  }

  /** Discards loaded values, after a write and before each message of a subscription. */
  renew(): void {
    this.present = this.openLive();
    this.sight = this.openVisibility();
  }

  /**
   * Reads the named apps as of a moment. A repeated question is answered from the first result.
   * @throws GraphQLError `BAD_USER_INPUT` for more than ten different questions in one request.
   */
  asOf(request: AsOfRequest): Promise<ReadSource> {
    const key = JSON.stringify([request.asOf, request.appIds, request.labelUserIds ?? []]);
    const known = this.past.get(key);
    if (known) return known;
    if (this.past.size >= MAX_LOOKS_BACK) return Promise.reject(badUserInput(`One request can use "asOf" for at most ${MAX_LOOKS_BACK} different moments or apps. Split it into several requests.`));
    const folded = this.readModels.asOf(request);
    this.disposables.push(() => {
      folded.then(
        (past) => { past.close(); },
        () => undefined,
      );
    });
    const { asOf } = request;
    const source = folded.then((past) => pastSource(past, asOf));
    this.past.set(key, source);
    return source;
  }

  /**
   * Records a read by the signed-in auditor. Await it before answering. The same read is recorded once per request.
   * @throws StoreUnavailable when the read cannot be recorded.
   */
  recordRead(read: AuditedRead): Promise<void> {
    const key = JSON.stringify(read);
    const recorded = this.audited.get(key) ?? this.readModels.audit.record(this.requireCaller(), read);
    this.audited.set(key, recorded);
    return recorded;
  }

  private openLive(): ReadSource {
    return new ReadSource(this.readModels.live, () => this.readModels.position());
  }

  private openVisibility(): Visibility | null {
    return this.caller && new Visibility(this.caller, this.readModels.live, this.readModels.standing);
  }
}
