import { fastifyCors, type FastifyCorsOptions } from '@fastify/cors';
import { fastifyHelmet } from '@fastify/helmet';
import { fastify, type FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { SUBSCRIPTION_DEFAULTS, type SubscriptionSettings } from '../settings/subscriptionSettings';
import { FaultLog } from './answerPlugin';
import type { SignIn } from './bearerSignIn';
import { guardDevelopmentRoutes } from './developmentHosts';
import { DevelopmentTokenRefused, type DevelopmentTokens } from './developmentTokens';
import { DocumentGate } from './documentGate';
import { addErrorReplies, sendProblem } from './errorReplies';
import { addGraphqlRoute } from './graphqlRoute';
import { startGraphqlServer } from './graphqlServer';
import { addHealthRoutes, type Readiness } from './healthRoutes';
import type { JitExecution } from './jitExecution';
import type { ServiceMetrics } from './metrics';
import { addMetrics } from './metricsRoute';
import { PersistedOperations } from './persistedOperations';
import { correlationIdFrom } from './requestFacts';
import { UnsignedLimit } from './requestLimits';
import type { Safelist } from './safelist';
import type { ContextFactory, ReadProgress } from './servedRequest';
import { startPage } from './startPage';
import { SubscriptionDoor } from './subscriptionDoor';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly development: boolean;
  /** Where the service is reached; by the names of this machine when absent. */
  readonly publicUrl?: string | null;
  readonly introspection: boolean;
  readonly schema: GraphQLSchema;
  readonly logger: Logger;
  readonly signIn: SignIn;
  readonly createContext: ContextFactory;
  readonly progress: ReadProgress;
  readonly readiness: () => Readiness | Promise<Readiness>;
  /** null: `POST /dev/token` does not exist. */
  readonly developmentTokens: DevelopmentTokens | null;
  /** Compiled execution of repeated queries; graphql-js alone when null. */
  readonly jit: JitExecution | null;
  /** Whose `x-forwarded-for` tells the client's address: that of so many proxies in front, or of proxies at these addresses; nobody's when absent. */
  readonly trustProxy?: boolean | number | readonly string[];
  /** Origins of pages that may ask from a browser; none when absent. */
  readonly corsOrigins?: readonly string[];
  /** Requests of one address in a minute that nobody has signed, or signed wrongly; any number when 0 or absent. */
  readonly unsignedRequestsPerMinute?: number;
  /** The only operations that are answered; any when absent. */
  readonly safelist?: Safelist | null;
  /** What `/metrics` tells; it does not exist when absent. */
  readonly metrics?: ServiceMetrics | null;
  /** The bearer token that `/metrics` needs; none when absent. */
  readonly metricsToken?: string | null;
  /** Limits of subscriptions; `SUBSCRIPTION_DEFAULTS` when absent. */
  readonly subscriptions?: SubscriptionSettings;
  /** Adds further addresses. */
  readonly addRoutes?: (app: FastifyInstance) => void;
  /** 256 KiB when absent. */
  readonly bodyLimitBytes?: number;
  /** GraphQL requests that are worked on at once; 10,000 when absent. */
  readonly maxInFlight?: number;
  /** A request that has not arrived whole by then is given up; 30 s when absent. */
  readonly requestTimeoutMs?: number;
  /** How long `close` waits for requests that are being answered; 10 s when absent. */
  readonly drainTimeoutMs?: number;
}

export interface RunningHttpServer {
  readonly address: string;
  readonly port: number;
  /** Takes no new requests, finishes those that are being answered (within `drainTimeoutMs`), and releases the port. */
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 256 * 1024;
const MAX_IN_FLIGHT = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const DRAIN_TIMEOUT_MS = 10_000;
/** So long a browser remembers that a page may ask. */
const PREFLIGHT_SECONDS = 600;
// Longer than the idle time of common load balancers, so that they, not this server, end a connection.
const KEEP_ALIVE_MS = 65_000;
const IDLE_SOCKET_MS = 70_000;

/** Starts to listen. Everything that lives longer than a request comes in by `options`, and is not closed here. */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningHttpServer> {
  const { logger, development, introspection, schema, jit } = options;
  const bodyLimit = options.bodyLimitBytes ?? BODY_LIMIT_BYTES;
  const faults = new FaultLog(logger);
  const page = startPage(development);
  const metrics = options.metrics ?? null;
  const operations = new PersistedOperations(options.safelist ?? null);
  const unsigned = new UnsignedLimit(options.unsignedRequestsPerMinute ?? 0);
  const apollo = await startGraphqlServer({ schema, logger, faults, introspection, jit, operations, metrics, landingPage: development ? page : null });
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
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
  });
  let draining = false;

  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-correlation-id', request.id).header('cache-control', 'no-store');
    done();
  });
  // A connection that is kept alive would hold up the close.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (draining) reply.header('connection', 'close');
    done();
  });
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ['\'self\''], baseUri: ['\'none\''], formAction: ['\'self\''], frameAncestors: ['\'none\''], objectSrc: ['\'none\''] },
    },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: !development,
  });
  if (options.corsOrigins !== undefined && options.corsOrigins.length > 0) await app.register(fastifyCors, crossOrigin(options.corsOrigins));
  addErrorReplies(app, logger, bodyLimit);
  unsigned.addTo(app);
  if (development) guardDevelopmentRoutes(app, options.publicUrl ?? null);
  if (metrics !== null) addMetrics(app, metrics, options.metricsToken ?? null);
  addHealthRoutes(app, options.readiness, logger);
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
  if (options.developmentTokens !== null) addDevelopmentTokenRoute(app, options.developmentTokens);
  options.addRoutes?.(app);
  const gate = new DocumentGate(schema, operations);
  const subscriptions = new SubscriptionDoor({
    schema, gate, operations, introspection, faults, metrics, unsigned, logger,
    signIn: options.signIn,
    createContext: options.createContext,
    progress: options.progress,
    settings: options.subscriptions ?? SUBSCRIPTION_DEFAULTS,
    origins: options.corsOrigins ?? [],
    maxMessageBytes: bodyLimit,
  });
  subscriptions.addTo(app);
  addGraphqlRoute(app, {
    apollo,
    signIn: options.signIn,
    createContext: options.createContext,
    progress: options.progress,
    faults,
    unsigned,
    gate,
    subscriptions,
    maxInFlight: options.maxInFlight ?? MAX_IN_FLIGHT,
  });

  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    await app.close();
    await apollo.stop();
    throw error;
  }
  const bound = app.addresses().find((listening) => typeof listening !== 'string');

  const drain = async (): Promise<void> => {
    draining = true;
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

function trustOf(trusted: HttpServerOptions['trustProxy']): boolean | string[] | ((address: string, hop: number) => boolean) {
  if (typeof trusted === 'number') return (_address, hop) => hop < trusted;
  return typeof trusted === 'object' ? [...trusted] : (trusted ?? false);
}

/** A page of one of the origins may send what this service reads, and read what it answers with. No cookies: there are none. */
const crossOrigin = (origins: readonly string[]): FastifyCorsOptions => ({
  origin: [...origins],
  methods: ['GET', 'POST'],
  allowedHeaders: ['authorization', 'content-type', 'x-apollo-operation-name', 'apollo-require-preflight', 'x-client-name', 'x-client-version', 'x-correlation-id', 'x-dry-run', 'x-min-position'],
  exposedHeaders: ['retry-after', 'x-correlation-id', 'x-position'],
  credentials: false,
  maxAge: PREFLIGHT_SECONDS,
});

function addDevelopmentTokenRoute(app: FastifyInstance, tokens: DevelopmentTokens): void {
  app.post('/dev/token', async (request, reply) => {
    try {
      return await reply.send({ token: await tokens.issue(request.body) });
    } catch (error) {
      if (!(error instanceof DevelopmentTokenRefused)) throw error;
      const { message, allowed } = error;
      if (allowed === undefined) return sendProblem(request, reply, { status: 400, code: 'BAD_USER_INPUT', message });
      return reply.code(404).send({ error: { code: 'NOT_FOUND', message, allowed } });
    }
  });
}
