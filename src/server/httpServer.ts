import { BlockList, isIPv6 } from 'node:net';
import { fastifyCors } from '@fastify/cors';
import { fastify, type FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { type ConnectionSettings, SUBSCRIPTION_DEFAULTS, type SubscriptionSettings, type WorkSettings } from '../settings/settings';
import { FaultLog, startGraphqlServer } from './graphql/apollo';
import type { Identity, SignIn } from './auth/signIn';
import { DevelopmentTokenRefused, type DevelopmentTokens, guardDevelopmentMode } from './auth/developmentTokens';
import { DocumentAdmission, PersistedOperations, type Safelist } from './graphql/documents';
import { allowedOrigins, crossOrigin } from './crossOrigin';
import { addExportRoutes, type Exports } from './exports/routes';
import { addErrorReplies, sendAddressProblem, sendProblem } from './errorReplies';
import { closeQueuedResponses } from './queuedResponses';
import { addGraphqlRoute } from './graphqlRoute';
import { addJsonBodies } from './jsonBody';
import { addHealthRoutes, addMetrics, type Readiness } from './operations';
import type { ServiceMetrics } from './metrics';
import { type ContextFactory, correlationIdFrom, type ReadProgress } from './graphql/request';
import { UnsignedLimit } from './limits';
import { RequestAdmission } from './requestAdmission';
import { securityHeaders } from './securityHeaders';
import { addRequestSpans } from './requestSpans';
import type { Tracing } from '../tracing/tracing';
import { SubscriptionRoutes } from './subscriptions/routes';
import { WorkBudgets } from './work/budgets';
import { Connections } from './work/connections';
import { CpuShare } from './work/cpuShare';
import { Overload, OVERLOADED } from './work/overload';
import { RequestWork } from './work/requestWork';

export interface HttpServerOptions {
  readonly host: string;
  /** TCP port to listen on; 0 picks a free one. */
  readonly port: number;
  readonly development: boolean;
  /** Public address of the service; the names of this machine when absent. */
  readonly publicUrl?: string | null;
  readonly introspection: boolean;
  readonly schema: GraphQLSchema;
  readonly logger: Logger;
  readonly signIn: SignIn;
  readonly createContext: ContextFactory;
  readonly progress: ReadProgress;
  readonly readiness: () => Readiness | Promise<Readiness>;
  /** Null removes `POST /dev/token`. */
  readonly developmentTokens: DevelopmentTokens | null;
  /** Whose `x-forwarded-for` gives the client's address: a number of proxies in front, or proxies at these addresses; nobody's when absent. */
  readonly trustProxy?: false | number | readonly string[];
  /** Origins of web pages that may call the API from a browser; none when absent. */
  readonly corsOrigins?: readonly string[];
  /** Requests per minute and address without a valid token. Further ones are answered with 429; 0 or absent means no limit. */
  readonly unsignedRequestsPerMinute?: number;
  /** The only GraphQL operations that are executed; any when absent. */
  readonly safelist?: Safelist | null;
  /** The metrics behind `/metrics`, which does not exist when absent. */
  readonly metrics?: ServiceMetrics | null;
  /** Bearer token for `/metrics`; none is needed when absent. */
  readonly metricsToken?: string | null;
  /** Records a span of each request; nothing when null or absent. */
  readonly tracing?: Tracing | null;
  /** Limits of subscriptions; `SUBSCRIPTION_DEFAULTS` when absent. */
  readonly subscriptions?: SubscriptionSettings;
  /** Sizes of the budgets of work; no limits when absent. */
  readonly work?: WorkSettings;
  /** Limits of open connections; none when absent. */
  readonly connections?: ConnectionSettings;
  /** Whether a person is an active member of an app, to whose budget their requests count. Nobody is when absent. */
  readonly isActiveMember?: (person: Identity, appId: string) => boolean;
  /** What can be downloaded as a file; nothing when absent. */
  readonly exports?: Exports;
  /** Adds further routes. */
  readonly addRoutes?: (app: FastifyInstance) => void | Promise<void>;
  /** Larger request bodies are answered with 413; 256 KiB when absent. */
  readonly bodyLimitBytes?: number;
  /** GraphQL requests in flight. Further ones are answered with 429; 10,000 when absent. */
  readonly maxInFlight?: number;
  /** A request that has not arrived completely after this time is aborted; 30 s when absent. */
  readonly requestTimeoutMs?: number;
  /** How long `close` waits for requests in flight before it closes their connections; 10 s when absent. */
  readonly drainTimeoutMs?: number;
}

export interface RunningHttpServer {
  readonly address: string;
  readonly port: number;
  /** Refuses new requests, answers those in flight within `drainTimeoutMs`, and releases the port. */
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 256 * 1024;
const MAX_IN_FLIGHT = 10_000;
// Connections that wait to be accepted, as many as Linux allows by default: Node accepts one in a turn of the event loop.
const BACKLOG = 4_096;
const REQUEST_TIMEOUT_MS = 30_000;
const DRAIN_TIMEOUT_MS = 10_000;
// Longer than the idle timeout of common load balancers, so that they close idle connections, not this server.
const KEEP_ALIVE_MS = 65_000;
const IDLE_SOCKET_MS = 70_000;

/** Starts the HTTP server. It does not close what it gets in `options`. @throws Error when the port is taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningHttpServer> {
  const { logger, development, introspection, schema } = options;
  const bodyLimit = options.bodyLimitBytes ?? BODY_LIMIT_BYTES;
  const faults = new FaultLog(logger);
  const metrics = options.metrics ?? null;
  const operations = new PersistedOperations(options.safelist ?? null);
  const unsigned = new UnsignedLimit(options.unsignedRequestsPerMinute ?? 0);
  const budgets = new WorkBudgets(options.work, metrics ?? undefined);
  const cpuShare = new CpuShare();
  const maxDelayMs = options.work?.overloadDelayMs ?? 0;
  const work = new RequestWork(budgets, options.isActiveMember ?? (() => false), () => cpuShare.value, maxDelayMs);
  const connections = new Connections({
    most: options.connections?.connectionsPerProcess ?? 0,
    mostPerAddress: options.connections?.connectionsPerAddress ?? 0,
    isProxy: proxiesOf(options.trustProxy),
    report: metrics ?? undefined,
  });
  const overload = new Overload({
    maxDelayMs,
    pendingMs: () => work.pendingMs,
    pendingMsOf: (caller) => work.pendingMsOf(caller),
    accepted: () => connections.accepted,
    onRefused: () => metrics?.overloaded(),
  });
  const apollo = await startGraphqlServer({ schema, logger, faults, introspection, operations, metrics });
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const headers = { ...securityHeaders(development), 'cache-control': 'no-store' };
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit,
    requestTimeout,
    connectionTimeout: IDLE_SOCKET_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: requestTimeout, connectionsCheckingInterval: Math.ceil(requestTimeout / 2) },
    trustProxy: trustOf(options.trustProxy),
    requestIdHeader: false,
    genReqId: (request) => correlationIdFrom(request.headers['x-correlation-id']),
    frameworkErrors: (error, request, reply) => { void sendAddressProblem(request, reply.headers(headers), error.statusCode); },
  });
  connections.guard(app.server);
  closeQueuedResponses(app.server);
  const allowsOrigin = allowedOrigins(options.corsOrigins ?? [], development);
  let draining = false;

  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers).header('x-correlation-id', request.id);
    done();
  });
  if (options.tracing) addRequestSpans(app, options.tracing);
  refuseWhenOverloaded(app, overload);
  if (development) guardDevelopmentMode(app, options.publicUrl ?? null);
  // A connection that is kept alive would delay the shutdown.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (draining) reply.header('connection', 'close');
    done();
  });
  await app.register(fastifyCors, crossOrigin(allowsOrigin));
  addErrorReplies(app, logger, bodyLimit);
  addJsonBodies(app);
  unsigned.addTo(app);
  if (metrics !== null) addMetrics(app, metrics, options.metricsToken ?? null);
  addHealthRoutes(app, options.readiness, logger);
  if (options.developmentTokens !== null) addDevelopmentTokenRoute(app, options.developmentTokens);
  await options.addRoutes?.(app);
  const requests = new RequestAdmission({ signIn: options.signIn, faults, unsigned, work, overload, maxInFlight: options.maxInFlight ?? MAX_IN_FLIGHT });
  if (options.exports) addExportRoutes(app, { requests, work, faults, exports: options.exports, createContext: options.createContext, progress: options.progress });
  const admission = new DocumentAdmission(schema, operations);
  const subscriptions = new SubscriptionRoutes({
    schema, admission, operations, introspection, faults, metrics, unsigned, work, overload, logger,
    signIn: options.signIn,
    createContext: options.createContext,
    progress: options.progress,
    settings: options.subscriptions ?? SUBSCRIPTION_DEFAULTS,
    allowsOrigin,
    maxMessageBytes: bodyLimit,
  });
  subscriptions.addTo(app);
  addGraphqlRoute(app, {
    apollo,
    metrics,
    createContext: options.createContext,
    progress: options.progress,
    faults,
    work,
    requests,
    admission,
    subscriptions,
  });

  try {
    await app.listen({ host: options.host, port: options.port, backlog: BACKLOG });
  } catch (error) {
    await app.close();
    await apollo.stop();
    throw error;
  }
  overload.start();
  cpuShare.start();
  const bound = app.addresses().find((listening) => typeof listening !== 'string');

  const drain = async (): Promise<void> => {
    draining = true;
    overload.stop();
    cpuShare.stop();
    const timer = setTimeout(() => {
      app.server.closeAllConnections();
    }, options.drainTimeoutMs ?? DRAIN_TIMEOUT_MS);
    await app.close();
    clearTimeout(timer);
    await apollo.stop();
  };
  let closed: Promise<void> | undefined;
  return {
    address: bound?.address ?? options.host,
    port: bound?.port ?? options.port,
    close: () => (closed ??= drain()),
  };
}

/** Routes that are answered also when there is too much to do: monitoring asks them what goes on. */
const ALWAYS_ANSWERED = ['/health/live', '/health/ready', '/metrics'];

/** Refuses requests before anything else is done for them, while there is far too much to do. */
function refuseWhenOverloaded(app: FastifyInstance, overload: Overload): void {
  app.addHook('onRequest', (request, reply, done) => {
    const retryAfter = overload.arrive();
    if (retryAfter === 0 || ALWAYS_ANSWERED.includes(request.routeOptions.url ?? '')) done();
    else void sendProblem(request, reply.header('retry-after', String(retryAfter)), OVERLOADED);
  });
}

function trustOf(trusted: HttpServerOptions['trustProxy']): false | string[] | ((address: string, hop: number) => boolean) {
  if (typeof trusted === 'number') return (_address, hop) => hop < trusted;
  return typeof trusted === 'object' ? [...trusted] : false;
}

/** Whether an address is that of a proxy. With a number of proxies, every connection comes from one. */
function proxiesOf(trusted: HttpServerOptions['trustProxy']): (address: string) => boolean {
  if (typeof trusted !== 'object') return () => typeof trusted === 'number';
  const proxies = new BlockList();
  for (const network of trusted) {
    const [address = '', bits] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(bits), family);
  }
  return (address) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function addDevelopmentTokenRoute(app: FastifyInstance, tokens: DevelopmentTokens): void {
  app.post('/dev/token', async (request, reply) => {
    try {
      return await reply.send({ token: await tokens.issue(request.body) });
    } catch (error) {
      if (!(error instanceof DevelopmentTokenRefused)) throw error;
      return sendProblem(request, reply, { status: 400, code: 'BAD_USER_INPUT', message: error.message });
    }
  });
}
