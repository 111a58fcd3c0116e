import { join } from 'node:path';
import type { Logger } from 'pino';
import { AppliedChanges } from './application/appliedChanges';
import { AuditTrail } from './application/auditTrail';
import { systemClock, type Clock } from './application/clock';
import { commandHandlingOver, trialHandling, type CommandHandling, type HandlingParts } from './application/commandHandling';
import { DepartureRecovery } from './application/departureRecovery';
import { HistoryImport } from './application/historyImport';
import { recordExpiredInvitations } from './application/invitationExpiry';
import type { LinkTokens } from './application/linkTokens';
import type { MembershipCommands } from './application/membershipCommands';
import { MembershipHistory } from './application/membershipHistory';
import { OutsideAddresses, type NameLookup } from './application/outsideAddresses';
import { openPartnerPolicy, PartnerDirectory } from './application/partnerPolicy';
import type { PersonIdentification } from './application/personIdentification';
import { ProjectionBehind } from './application/projectionBehind';
import { atFirst, RecurringTask } from './application/recurringTask';
import type { RosterHandler } from './application/rosterHandler';
import { loadOrCreateSecretKey } from './application/secretKey';
import type { Trial } from './application/trialReadModels';
import { countWebhooks } from './application/webhookBacklog';
import type { WebhookSecrets } from './application/webhookSecrets';
import type { Config } from './config';
import { ErasureWatch } from './erasureWatch';
import { EmbeddedEventStore } from './eventstore/embeddedEventStore';
import { headOf } from './eventstore/eventStore';
import { EventStoreDbEventStore } from './eventstore/eventStoreDbEventStore';
import { whenKnown } from './eventstore/openEventLog';
import type { PersonKeys } from './eventstore/personKeys';
import { TrialEventStore } from './eventstore/trialEventStore';
import { openStores, type MembershipStore } from './openStores';
import { foldReadModels } from './projections/asOfReadModels';
import { LiveReadModels } from './projections/liveReadModels';
import { MembershipEventsQueries } from './projections/membershipEventsQueries';
import { PastSnapshots } from './projections/pastSnapshots';
import { ProjectionDigestQueries } from './projections/projectionDigestQueries';
import type { Projector } from './projections/projector';
import { ReadModelDatabase } from './projections/readModelDatabase';
import { ReadModelFiles } from './projections/readModelFiles';
import { erasuresSeen, originOf } from './projections/readModelOrigin';
import { liveProjections } from './projections/readModelProjections';
import { readModelsOver, type ReadModels } from './projections/readModels';
import { WebhooksQueries } from './projections/webhooksQueries';
import { Proofs } from './proofs/proofs';
import { RequestContext, type Views } from './resolvers/requestContext';
import { buildApiSchema } from './resolvers/schema';
import { trialContext } from './resolvers/trialContext';
import { AddressLimit } from './server/addressLimit';
import { configuredSignIn } from './server/configuredSignIn';
import { createDevelopmentTokens, randomJwtSecret, type DevelopmentTokens } from './server/developmentTokens';
import { startHttpServer } from './server/httpServer';
import { createJitExecution } from './server/jitExecution';
import { createServiceMetrics, eventsAfterIn } from './server/metrics';
import { MailService } from './server/mailService';
import { readinessOf } from './server/membershipReadiness';
import { personIdOf } from './server/personId';
import { Safelist } from './server/safelist';
import { TokenGuesses } from './server/tokenGuesses';
import { WebhookService } from './server/webhookService';
import type { ContextRequest } from './server/servedRequest';

export { erasePerson } from './erasure';
export { copyLog } from './eventstore/copyLog';
export { copyLogFiles } from './eventstore/logFilesCopy';
export { openLogToRead, openRawLogAt } from './eventstore/openEventLog';
export { openNames } from './openStores';

/** What tests put in from outside; nothing in production. */
export interface Hooks {
  readonly clock?: Clock;
  /** runs between the closing and the departure of a leave or removal. */
  readonly afterClosing?: () => Promise<void>;
  /** whether invitations stay where they are, so that a log holds what a test has written alone. */
  readonly withoutMail?: boolean;
  /** the same for events to other systems. */
  readonly withoutWebhooks?: boolean;
  /** where names lead to. */
  readonly lookUpName?: NameLookup;
}

/** Everything about membership, without HTTP: the log, the read models and the commands. */
export interface Membership {
  readonly store: MembershipStore;
  /** of the people in it. */
  readonly keys: PersonKeys;
  readonly database: ReadModelDatabase;
  readonly projector: Projector;
  readonly readModels: ReadModels;
  readonly rosters: RosterHandler;
  readonly commands: MembershipCommands;
  readonly history: MembershipHistory;
  readonly audit: AuditTrail;
  readonly snapshots: PastSnapshots;
  readonly identification: PersonIdentification;
  readonly historyImport: HistoryImport;
  readonly recovery: DepartureRecovery;
  readonly linkTokens: LinkTokens;
  readonly webhookSecrets: WebhookSecrets;
  readonly outside: OutsideAddresses;
  readonly clock: Clock;
  /** Commands that leave no trace, and what they would have written. */
  tryOut(): Pick<CommandHandling, 'commands' | 'identification'> & { readonly trial: Trial };
  /** who a token's subject is on events. */
  personIdOf(subject: string): string;
  /** Waits until the read models have seen everything that is in the log now; false when that took longer. */
  readonly caughtUp: (timeoutMs: number) => Promise<boolean>;
  /** Whether the read models hold something, which they do not while they are filled from nothing; waits for it at most so long. */
  readonly filledWithin: (ms: number) => Promise<boolean>;
  close(): Promise<void>;
}

/** The service as it listens. */
export interface RunningService {
  readonly address: string;
  readonly port: number;
  readonly membership: Membership;
  /** null outside development mode. */
  readonly developmentTokens: DevelopmentTokens | null;
  /** Resolves when the service cannot go on and has to be started again: another log stands where its own one was. */
  readonly failed: Promise<Error>;
  /** Answers what is in flight, then releases the port and the store. */
  close(): Promise<void>;
}

/** Tokens that are signed with the shared secret name no issuer. */
const SHARED_SECRET_ISSUER = '';
const OWN_WRITE_WAIT_MS = 2_000;
const START_WAIT_MS = 60_000;
const RECOVERY_PAUSE_MS = 5_000;
const EXPIRY_PAUSE_MS = 30_000;
/** So often it is looked whether somebody was erased elsewhere. */
const ERASURES_PAUSE_MS = 15_000;

/**
 * Opens the log and the read models in `DATA_DIR` and begins to project.
 * @throws Error that says what to do when another process holds the directory or a file in it is not ours.
 */
export async function openMembership(config: Config, logger: Logger, hooks: Hooks = {}): Promise<Membership> {
  const clock = hooks.clock ?? systemClock;
  const secretKey = config.secretKey ?? loadOrCreateSecretKey(config.dataDir);
  const { store, keys, database } = await openStores(config, secretKey, logger);
  const readModels = readModelsOver(database, () => clock.now());
  const snapshots = new PastSnapshots(join(config.dataDir, 'past'));
  const live = await LiveReadModels.open({
    store,
    storeId: store.storeId ?? originOf(database).storeId,
    isReachable: store.storeId !== null,
    database,
    projections: liveProjections,
    files: new ReadModelFiles(config.dataDir),
    report: (problem) => { logger.error(problem, 'A projection needs attention'); },
    tell: (message) => { logger.info(message); },
  });
  const { projector } = live;
  const outside = new OutsideAddresses(config.webhookAllowedNetworks, hooks.lookUpName);
  const caughtUp = async (timeoutMs: number): Promise<boolean> => projector.waitFor(await headOf(store), timeoutMs);

  const parts: HandlingParts = {
    store, clock, secretKey, readModels, settings: config,
    position: () => projector.position(),
    webhooks: new WebhooksQueries(database),
    outside,
    readModelsCaughtUp: () => caughtUp(OWN_WRITE_WAIT_MS),
    partnerPolicy: config.partnerDirectory === null ? openPartnerPolicy : new PartnerDirectory(config.partnerDirectory, (error) => { logger.warn({ err: error }, 'The file of PARTNER_DIRECTORY cannot be read; those who were in it stay known'); }),
    development: config.development,
    afterClosing: hooks.afterClosing,
  };
  const { ports, commands, identification } = commandHandlingOver(parts);
  live.start();
  return {
    store, keys, database, projector, readModels, rosters: ports.rosters, commands, identification, clock, caughtUp, filledWithin: (ms) => live.filledWithin(ms), linkTokens: ports.linkTokens, webhookSecrets: ports.webhookSecrets, outside,
    history: new MembershipHistory(store, new MembershipEventsQueries(database)),
    audit: new AuditTrail(store, clock),
    snapshots,
    tryOut() {
      const trial = new TrialEventStore(store);
      return { trial: { store: trial, appended: () => trial.appended }, ...trialHandling(parts, trial, ports) };
    },
    historyImport: new HistoryImport(store, ports, config),
    recovery: new DepartureRecovery(readModels.assignedContacts, ports.departures, ports.reassignments, clock),
    personIdOf: (subject) => personIdOf(secretKey, config.openId?.issuer ?? SHARED_SECRET_ISSUER, subject),
    async close() {
      await live.stop();
      snapshots.close();
      database.close();
      await store.close();
    },
  };
}

/** Opens the membership, finishes what a crash left half done, and listens. */
export async function startService(config: Config, logger: Logger, hooks: Hooks = {}): Promise<RunningService> {
  const membership = await openMembership(config, logger, hooks);
  const { projector, commands, readModels, clock, store } = membership;
  const jwtSecret = config.jwtSecret ?? randomJwtSecret();
  const developmentTokens = config.development ? createDevelopmentTokens({ jwtSecret }) : null;
  const changes = new AppliedChanges(projector, readModels.userList);
  const tasks = [
    new RecurringTask(atFirst(() => recoverAtStart(membership), () => membership.recovery.finish()), RECOVERY_PAUSE_MS, (error) => {
      logger.warn({ err: error }, 'Finishing departures failed; it is tried again');
    }),
    new RecurringTask(() => recordExpiredInvitations(readModels.userList, membership.rosters), EXPIRY_PAUSE_MS, (error) => {
      logger.warn({ err: error }, 'Recording expired invitations failed; it is tried again');
    }),
  ];
  const erasures = new ErasureWatch(membership.keys, erasuresSeen(membership.database));
  if (store.inner instanceof EventStoreDbEventStore) {
    tasks.push(new RecurringTask(() => erasures.look(), ERASURES_PAUSE_MS, (error) => { logger.warn({ err: error }, 'Looking for erasures failed; it is tried again'); }));
  }
  const proofs = new Proofs(store.inner, config, () => clock.now(), (problem) => { logger.error(problem, 'The signed checkpoints need attention'); });
  whenKnown(store.inner, (storeId) => { proofs.start(storeId); });
  const digests = new ProjectionDigestQueries(() => ReadModelDatabase.openSnapshot(membership.database.file), liveProjections);
  const guesses = new TokenGuesses(new AddressLimit({ perMinute: config.tokenGuessesPerMinute }));
  const mail = new MailService({ ...membership, userList: readModels.userList, config, logger, exclusive: store.inner instanceof EmbeddedEventStore });
  const webhooks = new WebhookService({ ...membership, config, logger, exclusive: store.inner instanceof EmbeddedEventStore });
  const [webhookQueries, eventsIndex] = [new WebhooksQueries(membership.database), new MembershipEventsQueries(membership.database)];
  const createContext = async (request: ContextRequest): Promise<RequestContext> => {
    if (!(await membership.filledWithin(OWN_WRITE_WAIT_MS))) throw new ProjectionBehind('The read models are being filled from the log. Ask again when /health/ready says that they are.');
    const { identity, trace, dryRun } = request;
    const tried = dryRun ? membership.tryOut() : null;
    const { identification } = tried ?? membership;
    const caller = identity && (await identification.identify({ ...identity, personId: membership.personIdOf(identity.sub) }, trace));
    const views: Views = {
      live: readModels,
      history: membership.history,
      audit: membership.audit,
      proofs: proofs.queries,
      digests,
      webhooks: webhookQueries,
      position: () => projector.position(),
      changes,
      waitFor: (position, timeoutMs) => request.waitFor(position, timeoutMs),
      asOf: (question) => foldReadModels({ ...question, store, now: clock.now(), snapshots: membership.snapshots }),
    };
    const limit = guesses.from(trace.clientAddress);
    return tried ? trialContext({ ...tried, caller, views, guesses: limit, now: () => clock.now() }) : new RequestContext(caller, commands, views, limit);
  };
  try {
    const http = await startHttpServer({
      host: config.host, port: config.port, development: config.development, publicUrl: config.publicUrl, introspection: config.introspection,
      schema: buildApiSchema(),
      logger,
      signIn: configuredSignIn(config, jwtSecret),
      createContext,
      progress: projector,
      subscriptions: config,
      readiness: () => readinessOf(store.inner, projector),
      developmentTokens,
      jit: createJitExecution(),
      addRoutes: (app) => { mail.addRoutes(app); },
      trustProxy: config.trustProxy,
      corsOrigins: config.corsOrigins,
      unsignedRequestsPerMinute: config.unsignedRequestsPerMinute,
      safelist: config.safelist === null ? null : new Safelist(config.safelist, logger),
      metrics: createServiceMetrics({ projections: () => projector.status(), eventsAfter: eventsAfterIn(store), writes: () => (store.inner instanceof EmbeddedEventStore ? store.inner.statistics : null), webhooks: () => countWebhooks(webhookQueries, eventsIndex) }),
      metricsToken: config.metricsToken,
    });
    for (const task of tasks) task.start();
    if (hooks.withoutMail !== true) mail.start(config.publicUrl ?? `http://localhost:${http.port}`);
    if (hooks.withoutWebhooks !== true) webhooks.start();
    return {
      address: http.address,
      port: http.port,
      membership,
      developmentTokens,
      failed: store.inner instanceof EventStoreDbEventStore ? Promise.race([store.inner.replaced, erasures.noticed]) : new Promise(() => undefined),
      async close() {
        await http.close();
        await Promise.all([mail.stop(), webhooks.stop()]);
        await Promise.all(tasks.map((task) => task.stop()));
        await proofs.close();
        await membership.close();
      },
    };
  } catch (error) {
    await proofs.close();
    await membership.close();
    throw error;
  }
}

/** Where nobody else writes, nothing is under way yet, and whatever is half done was left behind. */
async function recoverAtStart({ caughtUp, recovery, store }: Membership): Promise<number> {
  const exclusive = store.inner instanceof EmbeddedEventStore;
  return recovery.finish((await caughtUp(START_WAIT_MS)) && exclusive ? 0 : undefined);
}
