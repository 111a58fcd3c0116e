import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { AccessReviewCommands } from '../application/accessReviews';
import { type CommandHandling, commandHandlingOver, type HandlingParts, type MembershipCommands } from '../application/commands';
import { type Clock, systemClock } from '../application/commandTypes';
import { DepartureRecovery } from '../application/departures';
import type { DryRun } from '../application/handling/dryRun';
import type { RosterHandler } from '../application/handling/roster';
import { RosterCache, type RosterCacheStatistics } from '../application/handling/rosterCache';
import { RosterSnapshots } from '../application/handling/rosterSnapshots';
import { AdministrativeHistory } from '../application/history/administrativeHistory';
import { AuditTrail } from '../application/history/auditTrail';
import { MembershipHistory } from '../application/history/membershipHistory';
import { HistoryImport } from '../application/importing/history';
import { PersonLanguages } from '../application/delivery/messages/personLanguages';
import type { LinkTokens } from '../application/linkTokens';
import { openPartnerPolicy, PartnerDirectory } from '../application/partnerPolicy';
import type { PersonIdentification } from '../application/people/identification';
import { type NameLookup, PrivateAddressGuard } from '../application/privateAddresses';
import type { WebhookSecrets } from '../application/webhookEndpoints';
import type { Config } from '../config';
import { DryRunEventStore } from '../eventstore/dryRunStore';
import { hashedTextOf } from '../eventstore/eventHash';
import { headOf } from '../eventstore/eventStore';
import type { PersonKeys } from '../eventstore/people/keys';
import { AdministrativeEventsQueries } from '../projections/administrativeEvents/queries';
import { liveProjections } from '../projections/allProjections';
import type { ReadModelDatabase } from '../projections/engine/database';
import { originOf, ReadModelFiles } from '../projections/engine/files';
import { DryRunReadModels } from '../projections/dryRun/readModels';
import { LiveReadModels, type ReadModelsProblem } from '../projections/live/liveReadModels';
import type { Projector } from '../projections/live/projector';
import { MailToDoQueries } from '../projections/mailToDo/queries';
import { MembershipEventsQueries } from '../projections/membershipEvents/queries';
import { PeriodsOfAccessQueries } from '../projections/periodsOfAccess/queries';
import { PastSnapshots } from '../projections/past/snapshots';
import { type DryRunView, type ReadModels, readModelsOver } from '../projections/readModels';
import { WebhooksQueries } from '../projections/webhooks/queries';
import { personIdOf } from '../server/auth/tokenClaims';
import type { Tracing } from '../tracing/tracing';
import type { FillThreads } from '../projections/engine/fillReadModels';
import { fillThreadsOver } from './filling/fillThread';
import { onceFilled, requireFilled } from './filling/onceFilled';
import { type MembershipStore, openStores, ROSTERS_DIRECTORY } from './stores';
import { tracedStore } from './tracedStore';

export interface MembershipOptions {
  /** The system's clock when absent. */
  readonly clock?: Clock;
  /** Replaces the threads that fill read models. */
  readonly fillThreads?: FillThreads;
  /** Replaces DNS lookup of webhook hosts. */
  readonly lookUpName?: NameLookup;
  /** Records spans of commands, appends and what follows; nothing when null or absent. */
  readonly tracing?: Tracing | null;
}

/** Everything about membership, without HTTP: the log, the read models and the commands. */
export interface Membership {
  readonly store: MembershipStore;
  /** Encryption keys of the people who appear in this log. */
  readonly keys: PersonKeys;
  readonly database: ReadModelDatabase;
  readonly projector: Projector;
  readonly readModels: ReadModels;
  readonly events: MembershipEventsQueries;
  readonly periods: PeriodsOfAccessQueries;
  readonly webhooks: WebhooksQueries;
  readonly mailToDo: MailToDoQueries;
  readonly rosters: RosterHandler;
  readonly accessReviews: AccessReviewCommands;
  /** What the cache of rosters has done and holds. */
  rosterStatistics(): RosterCacheStatistics;
  readonly commands: MembershipCommands;
  readonly history: MembershipHistory;
  readonly administration: AdministrativeHistory;
  readonly audit: AuditTrail;
  readonly snapshots: PastSnapshots;
  readonly identification: PersonIdentification;
  readonly historyImport: HistoryImport;
  readonly recovery: DepartureRecovery;
  readonly linkTokens: LinkTokens;
  readonly languages: PersonLanguages;
  readonly webhookSecrets: WebhookSecrets;
  readonly addressGuard: PrivateAddressGuard;
  readonly clock: Clock;
  readonly tracing: Tracing | null;
  /** Commands for one dry run: they write nothing, and keep the events that they would have written. */
  dryRun(): Pick<CommandHandling, 'commands' | 'identification'> & { readonly dryRun: DryRun; readonly openView: () => DryRunView };
  /** The id under which events name the subject of a token of the configured sign-in, or of the given issuer; '' is the shared secret. */
  personIdOf(subject: string, issuer?: string): string;
  /** Waits until the read models contain every event that is in the log now. Resolves to false when that takes longer than `timeoutMs`. */
  readonly caughtUp: (timeoutMs: number) => Promise<boolean>;
  /** Waits until the first fill of empty read models is complete. Resolves to false when that takes longer than `timeoutMs`. */
  waitUntilFilled(timeoutMs: number): Promise<boolean>;
  /** Throws `ProjectionFilling` while projections are being filled behind the others. */
  requireFilled(): void;
  /** Whether the file of the read models is damaged, and a check of it. */
  readonly readModelsHealth: { readonly problem: ReadModelsProblem | null; probe(): void };
  /** Stops to fill read models, which the next start does again. Everything else goes on. */
  stopFilling(): void;
  close(): Promise<void>;
}

/** The issuer of tokens that are signed with the shared secret: they name none. */
const SHARED_SECRET_ISSUER = '';
const OWN_WRITE_WAIT_MS = 2_000;
/** Most ids of people kept in memory. Beyond that, the least recently used one is computed again. */
const MAX_PERSON_IDS = 10_000;

/**
 * Opens the log and the read models in `DATA_DIR`, and starts to project.
 * @throws Error when another process holds the directory or a file in it belongs to another program; the message says what to do.
 */
export async function openMembership(config: Config, logger: Logger, { clock = systemClock, fillThreads, lookUpName, tracing = null }: MembershipOptions = {}): Promise<Membership> {
  const { store: opened, keys, database } = await openStores(config, logger);
  const store = tracing ? tracedStore(opened, tracing) : opened;
  const readModels = readModelsOver(database, () => clock.now());
  const webhooks = new WebhooksQueries(database);
  const snapshots = new PastSnapshots(join(config.dataDir, 'past'));
  const live = await LiveReadModels.open({
    store,
    storeId: store.storeId ?? originOf(database).storeId,
    isReachable: store.storeId !== null,
    database,
    tracing,
    projections: liveProjections,
    files: new ReadModelFiles(config.dataDir),
    report: (problem) => { logger.error(problem, 'A projection needs attention'); },
    tell: (message) => { logger.info(message); },
    threads: fillThreads ?? fillThreadsOver(config, (error) => { logger.warn({ err: error }, 'A thread that fills a part of the read models has failed. They are filled without it.'); }),
  });
  const { projector } = live;
  const allFilled = (): void => { requireFilled(live.filling); };
  const filled = <T extends object>(queries: T): T => onceFilled(queries, allFilled);
  const events = filled(new MembershipEventsQueries(database));
  const dryRunReadModels = new DryRunReadModels(database);
  const addressGuard = new PrivateAddressGuard(config.webhookAllowedNetworks, lookUpName);
  const caughtUp = async (timeoutMs: number): Promise<boolean> => projector.waitFor(await headOf(store), timeoutMs);

  const parts: HandlingParts = {
    store, clock, tracing, reach: store.inner, ring: keys.ring, readModels, webhooks, addressGuard,
    settings: config,
    development: config.development,
    readModelsCaughtUp: () => caughtUp(OWN_WRITE_WAIT_MS),
    partnerPolicy: config.partnerDirectory === null ? openPartnerPolicy : new PartnerDirectory(config.partnerDirectory, (error) => {
      logger.warn({ err: error }, 'The file PARTNER_DIRECTORY cannot be read. The partners read from it before stay allowed; make the file readable again.');
    }),
  };
  const personIds = new LRUCache<string, string>({ max: MAX_PERSON_IDS, memoMethod: (subject) => personIdOf(keys.ring.identity, config.openId?.issuer ?? SHARED_SECRET_ISSUER, subject) });
  const rosterSnapshots = new RosterSnapshots({
    directory: join(config.dataDir, ROSTERS_DIRECTORY),
    secret: () => keys.ring.identity,
    erasures: () => keys.erasures(),
    onError: (error) => { logger.warn({ err: error }, 'A snapshot of a roster could not be written. The next start folds the roster from the log.'); },
  });
  const rosterCache = new RosterCache(store, rosterSnapshots);
  const { ports, commands, identification } = commandHandlingOver(parts, rosterCache);
  live.start();
  return {
    store, keys, database, projector, readModels, events, webhooks, commands, identification, snapshots, addressGuard, clock, tracing, caughtUp,
    periods: filled(new PeriodsOfAccessQueries(database)),
    mailToDo: filled(new MailToDoQueries(database)),
    requireFilled: allFilled,
    rosters: ports.rosters,
    accessReviews: ports.accessReviews,
    rosterStatistics: () => rosterCache.statistics,
    linkTokens: ports.linkTokens,
    languages: new PersonLanguages(store, clock, keys.ring.identity, config.mailLanguage),
    webhookSecrets: ports.webhookSecrets,
    history: new MembershipHistory(store, events, hashedTextOf),
    administration: new AdministrativeHistory(store, filled(new AdministrativeEventsQueries(database))),
    audit: new AuditTrail(store, clock, store.inner),
    historyImport: new HistoryImport(store, ports, (addresses) => keys.prepare(addresses)),
    recovery: new DepartureRecovery(readModels.assignedContacts, ports.departures, ports.reassignments, clock),
    dryRun() {
      const overlay = new DryRunEventStore(store);
      return { dryRun: { appended: () => overlay.appended, base: () => overlay.base() }, openView: () => dryRunReadModels.open(clock.now()), ...commandHandlingOver({ ...parts, store: overlay }, rosterCache, () => overlay.appended) };
    },
    personIdOf: (subject, issuer) => (issuer === undefined ? personIds.memo(subject) : personIdOf(keys.ring.identity, issuer, subject)),
    readModelsHealth: { get problem() { return live.problem; }, probe: () => { live.check(); } },
    stopFilling: () => { live.stopFilling(); },
    waitUntilFilled: (timeoutMs) => live.waitUntilFilled(timeoutMs),
    async close() {
      await identification.stop();
      await live.stop();
      await rosterSnapshots.stop();
      snapshots.close();
      dryRunReadModels.close();
      database.close();
      await store.close();
    },
  };
}
