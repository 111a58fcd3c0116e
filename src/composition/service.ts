import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { countWebhooks } from '../application/delivery/webhooks';
import { recordDueReminders } from '../application/accessReviews';
import { recordExpiredInvitations } from '../application/invitations';
import { RecurringTask } from '../concurrency';
import type { Config } from '../config';
import { erasuresSeen } from '../projections/engine/files';
import { Proofs } from '../proofs/proofs';
import { buildApiSchema, printApiSchema } from '../resolvers/schema';
import { createDevelopmentTokens, type DevelopmentTokens, randomJwtSecret } from '../server/auth/developmentTokens';
import { createOpenIdSignIn } from '../server/auth/openId';
import { createSignIn } from '../server/auth/sharedSecret';
import type { SignIn } from '../server/auth/signIn';
import { Safelist } from '../server/graphql/documents';
import { startHttpServer } from '../server/httpServer';
import { MailService } from '../server/mail/service';
import { createServiceMetrics, eventsAfterIn } from '../server/metrics';
import { readinessOf } from '../server/operations';
import { addPages, hasConsole, type PagesOptions } from '../server/pages/routes';
import { WebhookService } from '../server/webhooks/service';
import type { SignInSettings } from '../settings/signInSettings';
import type { Tracing } from '../tracing/tracing';
import { DEMO_PEOPLE } from './demoPeople';
import { ErasureWatch } from './erasure';
import { exportsOver } from './exports';
import { type Membership, type MembershipOptions, openMembership } from './membership';
import { activeMembersOf, requestContextsOver } from './requestContext';
import { attestingOf, stampingCounts, stampingProblem, witnessCounts, witnessProblem } from './witness';
import { WriteWatch } from './writeWatch';

/** The service while it listens. */
export interface RunningService {
  readonly address: string;
  readonly port: number;
  readonly membership: Membership;
  /** Null outside development mode. */
  readonly developmentTokens: DevelopmentTokens | null;
  /** Resolves when this process cannot go on and has to be started again: the server holds another log, another process erased somebody, or the log was signed with a key that is not there. */
  readonly failed: Promise<Error>;
  /** Starts to send invitations. */
  startMail(): void;
  /** Starts to send events to webhooks. */
  startWebhooks(): void;
  /** Answers the requests in flight, then releases the port and the store. */
  close(): Promise<void>;
}

/** How long startup waits for the read models to catch up before departures that a crash interrupted are finished. */
const START_WAIT_MS = 60_000;
const RECOVERY_PAUSE_MS = 5_000;
const EXPIRY_PAUSE_MS = 30_000;
const REMINDERS_PAUSE_MS = 30_000;
/** How often this process looks whether an exchange of SECRET_KEY is to be finished. */
const EXCHANGE_PAUSE_MS = 60_000;
/** How often this process checks for erasures by another one. */
const ERASURES_PAUSE_MS = 15_000;
/** How often this process checks that its files are there and can be written. */
const WRITES_PAUSE_MS = 2_000;
/** How long a stop waits for requests in flight, and then for background work, in milliseconds. */
const DRAIN_MS = 4_500;
const BACKGROUND_STOP_MS = 2_500;
/** Directory of the pages that `npm run build` creates, beside the compiled program. */
const PAGES_DIRECTORY = join(__dirname, '../../dist/web');

/** Starts the whole service: it listens, and sends mail and webhooks. @throws Error as `openMembership` does, or when the port is taken. */
export async function startService(config: Config, logger: Logger, options: MembershipOptions = {}): Promise<RunningService> {
  const service = await listen(config, logger, options);
  service.startMail();
  service.startWebhooks();
  return service;
}

/** Opens the membership, finishes what a crash interrupted, and answers requests. Nothing is sent before `startMail` and `startWebhooks`. */
export async function listen(config: Config, logger: Logger, options: MembershipOptions = {}): Promise<RunningService> {
  const tracing = await configuredTracing(config, logger);
  const membership = await openMembership(config, logger, { ...options, tracing });
  const { projector, readModels, clock, store } = membership;
  const { exclusive } = store.inner;
  const task = (then: () => Promise<unknown>, pauseMs: number, failure: string, first = then): RecurringTask =>
    new RecurringTask({ first, then, pauseMs, onError: (error) => { logger.warn({ err: error }, `${failure}. It is tried again in ${pauseMs / 1000} s.`); } });
  const erasures = new ErasureWatch(membership.keys, erasuresSeen(membership.database));
  const closing = new AbortController();
  const writes = new WriteWatch([store.inner, membership.keys], logger);
  const { readModelsHealth } = membership;
  const isFilling = (): boolean => projector.status().filling !== null;
  const tasks = [
    task(() => {
      readModelsHealth.probe();
      proofs.check();
      return writes.check();
    }, WRITES_PAUSE_MS, 'The files of the event store could not be checked'),
    task(() => membership.keys.finishExchange((message) => { logger.info(message); }, closing.signal), EXCHANGE_PAUSE_MS, 'The keys of people could not be encrypted under the new SECRET_KEY'),
    task(() => membership.recovery.finish(), RECOVERY_PAUSE_MS, 'Interrupted departures could not be finished', () => recoverAtStart(membership, closing.signal)),
    task(() => recordExpiredInvitations(readModels.userList, membership.rosters), EXPIRY_PAUSE_MS, 'Expired invitations could not be recorded'),
    task(() => recordDueReminders(readModels.accessReviews, membership.accessReviews, clock), REMINDERS_PAUSE_MS, 'Reminders of access reviews could not be recorded'),
    ...(exclusive ? [] : [task(() => erasures.check(), ERASURES_PAUSE_MS, 'Erasures could not be checked')]),
  ];
  const proofs = new Proofs(store.inner, config, () => clock.now(), (problem) => {
    if (problem.what === 'TREE_DAMAGED') logger.warn(problem, 'The tree of the proofs is damaged');
    else logger.error(problem, 'The signed checkpoints need attention');
    if (problem.what === 'CONTRADICTION') store.stopWriting({ what: 'LOG_CONTRADICTED', message: problem.message });
  }, attestingOf(config, logger));
  store.inner.onIdentified((storeId) => { proofs.start(storeId); });
  if (proofs.unusable !== null) {
    await membership.close();
    throw proofs.unusable;
  }
  const mail = new MailService({ ...membership, userList: readModels.userList, config, logger, exclusive });
  const webhooks = new WebhookService({ ...membership, config, logger, exclusive });
  const jwtSecret = config.jwtSecret ?? randomJwtSecret();
  const developmentTokens = config.development ? createDevelopmentTokens({ jwtSecret }) : null;
  try {
    const http = await startHttpServer({
      host: config.host, port: config.port, development: config.development, publicUrl: config.publicUrl, introspection: config.introspection,
      schema: buildApiSchema(),
      logger,
      signIn: configuredSignIn(config, jwtSecret),
      createContext: requestContextsOver(membership, { proofs: proofs.queries, tokenGuessesPerMinute: config.tokenGuessesPerMinute, clientAddress: config.clientAddress }),
      progress: projector,
      exports: exportsOver({ ...membership, proofs }),
      subscriptions: config,
      work: config,
      connections: config,
      isActiveMember: activeMembersOf(membership),
      readiness: () => readinessOf(store.inner, projector, {
        keys: membership.keys.problem,
        checkpoints: proofs.contradiction === undefined ? null : { what: 'LOG_CONTRADICTED', message: proofs.contradiction },
        readModels: readModelsHealth.problem,
        mail: mail.problem,
        witness: witnessProblem(proofs),
        timeStamps: stampingProblem(proofs),
      }),
      developmentTokens,
      drainTimeoutMs: DRAIN_MS,
      addRoutes: async (app) => {
        const pages: PagesOptions = {
          directory: PAGES_DIRECTORY, development: config.development, introspection: config.introspection, schemaText: printApiSchema(), demoPeople: DEMO_PEOPLE,
          signIn: config.consoleClient && config.openId ? { issuer: config.openId.issuer, audience: config.openId.audience, ...config.consoleClient } : null,
        };
        mail.addRoutes(app, { hasConsole: hasConsole(pages) });
        await addPages(app, pages);
      },
      trustProxy: config.trustProxy,
      corsOrigins: config.corsOrigins,
      unsignedRequestsPerMinute: config.unsignedRequestsPerMinute,
      safelist: config.safelist === null ? null : new Safelist(config.safelist, logger),
      metrics: createServiceMetrics({
        projections: () => projector.status(),
        eventsAfter: eventsAfterIn(store),
        writes: () => store.inner.statistics,
        rosters: () => membership.rosterStatistics(),
        past: () => membership.snapshots.looks,
        writable: () => (store.inner.problem ?? membership.keys.problem) === null,
        contradicted: () => proofs.contradiction !== undefined,
        signed: () => signedCounts(proofs, clock),
        witness: () => witnessCounts(proofs, clock),
        timeStamps: () => stampingCounts(proofs, clock),
        mail: () => ({ usable: mail.problem === null, waiting: isFilling() ? NaN : membership.mailToDo.waiting() }),
        webhooks: () => countWebhooks(membership.webhooks, isFilling() ? null : membership.events),
      }),
      metricsToken: config.metricsToken,
      tracing,
    });
    for (const recurring of tasks) recurring.start();
    return {
      address: http.address,
      port: http.port,
      membership,
      developmentTokens,
      failed: Promise.race([store.inner.replaced, erasures.noticed, proofs.failed]),
      startMail() { mail.start(config.publicUrl ?? `http://localhost:${http.port}`); },
      startWebhooks() { webhooks.start(); },
      async close() {
        closing.abort();
        membership.stopFilling();
        const background = Promise.all([mail.stop(), webhooks.stop(), ...tasks.map((recurring) => recurring.stop())]);
        await http.close();
        await atMost(BACKGROUND_STOP_MS, background);
        await proofs.close();
        await membership.close();
        await tracing?.close();
      },
    };
  } catch (error) {
    await proofs.close();
    await membership.close();
    throw error;
  }
}

/** Where no other process writes, nothing can be under way yet, so every departure that is half done is finished at once. */
async function recoverAtStart({ caughtUp, recovery, store }: Membership, signal: AbortSignal): Promise<number> {
  const stopped = new Promise<false>((resolve) => { signal.addEventListener('abort', () => { resolve(false); }); });
  const isCaughtUp = await Promise.race([caughtUp(START_WAIT_MS), stopped]);
  return signal.aborted ? 0 : recovery.finish(isCaughtUp && store.inner.exclusive ? 0 : undefined);
}

/** Waits for work to end, but not longer than that. */
const atMost = (timeoutMs: number, work: Promise<unknown>): Promise<unknown> => Promise.race([work, pause(timeoutMs, undefined, { ref: false })]);

/** Records spans where a collector is configured. Without one, nothing of OpenTelemetry is loaded. */
async function configuredTracing({ otlpEndpoint }: Config, logger: Logger): Promise<Tracing | null> {
  if (otlpEndpoint === null) return null;
  const { startOtlpTracing } = await import('../tracing/otlp.js');
  return startOtlpTracing({
    endpoint: otlpEndpoint,
    report(error) {
      if (error) logger.warn({ err: error }, 'Traces cannot be exported to OTEL_EXPORTER_OTLP_ENDPOINT. Nothing else is affected; spans that do not fit in the queue are dropped.');
      else logger.info('Traces are exported again');
    },
  });
}

function signedCounts({ signed }: Proofs, clock: { now(): string }): { readonly ageSeconds: number | null; readonly eventsSince: number } | null {
  if (!signed) return null;
  return { ageSeconds: signed.at === null ? null : (Date.parse(clock.now()) - Date.parse(signed.at)) / 1000, eventsSince: signed.eventsSince };
}

/** Accepted difference between the clocks of issuer and server. */
const CLOCK_TOLERANCE_SECONDS = 30;

/**
 * Creates the configured sign-in.
 * @param jwtSecret secret of the tokens when no OpenID provider is configured.
 */
function configuredSignIn({ openId, jwtRules: rules }: SignInSettings, jwtSecret: Uint8Array): SignIn {
  const clockToleranceSeconds = CLOCK_TOLERANCE_SECONDS;
  return openId === null ? createSignIn({ jwtSecret, rules, clockToleranceSeconds }) : createOpenIdSignIn({ ...openId, clockToleranceSeconds });
}
