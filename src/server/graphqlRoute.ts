import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { LogPosition } from '../eventstore/eventStore';
import type { FaultLog, ServedContext } from './graphql/apollo';
import { type DocumentAdmission, parametersOf, rewriteDocumentId } from './graphql/documents';
import { PRICES } from './graphql/price';
import { GRAPHQL_PATH, sendProblem } from './errorReplies';
import { entityTagOf, names } from './graphql/entityTag';
import { type KeptAnswer, KeptAnswers, MAX_REQUEST_CHARACTERS, type SentAnswer } from './graphql/keptAnswers';
import { addJsonBodies, readingMsOf } from './jsonBody';
import type { ServiceMetrics } from './metrics';
import { publicCodeOf, statusOfCodes } from './publicErrors';
import { type ContextFactory, dryRunFrom, minPositionFrom, NO_METER, type ReadProgress, type RequestResources, ServedRequest, traceOf, type WorkMeter } from './graphql/request';
import { type RequestAdmission, sendOverBudget, sendTooMany } from './requestAdmission';
import type { SubscriptionRoutes } from './subscriptions/routes';
import type { OverBudget } from './work/budgets';
import { type Caller, callerKey, type RequestWork, WorkCharge } from './work/requestWork';
import type { CpuMeter } from './work/sharedCpu';

/** A request whose `x-min-position` is not reached within this time is answered with `PROJECTION_BEHIND`. */
const MIN_POSITION_WAIT_MS = 2000;

interface GraphqlRouteOptions {
  readonly apollo: ApolloServer<ServedContext>;
  readonly createContext: ContextFactory;
  readonly progress: ReadProgress;
  readonly faults: FaultLog;
  readonly work: RequestWork;
  readonly requests: RequestAdmission;
  readonly admission: DocumentAdmission;
  readonly subscriptions: SubscriptionRoutes;
  /** Null when nothing is counted. */
  readonly metrics: ServiceMetrics | null;
}

/** The facts of a request that its headers tell. */
interface Admitted {
  readonly caller: Caller;
  readonly minPosition: LogPosition | null;
  readonly dryRun: boolean;
  /** Gives the place of the request back. */
  readonly leave: () => void;
  charge?: WorkCharge;
  /** The apps that the request names. */
  appIds?: readonly string[];
  /** The request as an answer to it is kept; absent where none is. */
  question?: string | undefined;
  kept?: KeptAnswer | undefined;
  resources?: RequestResources & Partial<Pick<ServedContext, 'served'>>;
}

/** Adds the GraphQL address. It authenticates a request, waits for the position that it asks for, and lets Apollo Server answer. */
export function addGraphqlRoute(app: FastifyInstance, options: GraphqlRouteOptions): void {
  const { apollo, createContext, progress, faults, work, requests, admission, subscriptions, metrics } = options;
  const admitted = new WeakMap<FastifyRequest, Admitted>();
  const answers = new KeptAnswers();

  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    reply.header('x-position', progress.position());
    // A WebSocket signs in after it was opened, so it counts as unsigned only when it closes without having done so.
    const caller = await requests.identify(request, reply, { countsUnsigned: !subscriptions.isUpgrade(request) });
    if (caller === null) return reply;
    const usedUp = caller.identity === null && subscriptions.isUpgrade(request) ? work.takeUpgrade(request.ip, PRICES.request) : work.usedUp(caller);
    if (usedUp !== null) return sendOverBudget(request, reply, usedUp);
    if (!requests.hasTimeFor(request, reply, caller)) return reply;
    const minPosition = minPositionFrom(request.headers['x-min-position']);
    if (minPosition === undefined || !isComparable(minPosition, progress.position())) {
      const message = 'x-min-position must be a position that this service returned, such as the position of a mutation.';
      return sendProblem(request, reply, { status: 400, code: 'BAD_USER_INPUT', message });
    }
    const dryRun = dryRunFrom(request.headers['x-dry-run']);
    if (dryRun === undefined) {
      return sendProblem(request, reply, { status: 400, code: 'BAD_USER_INPUT', message: 'x-dry-run must be true or false.' });
    }
    const leave = requests.takePlace(request, reply, caller);
    if (leave === null) return reply;
    admitted.set(request, { caller, minPosition, dryRun, leave });
    return (await requests.waitForTurn(request, reply, caller, leave)) ? undefined : reply;
  };

  /** Takes the price of a request. @returns the reply, already sent, when the operation may not be executed or a budget has too little. */
  const charge = (request: FastifyRequest, reply: FastifyReply, facts: Admitted, meter: CpuMeter): FastifyReply | undefined => {
    const startedAt = performance.now();
    const price = admission.priceOf(parametersOf(request), facts.dryRun);
    if (typeof price === 'string') {
      work.spend(facts.caller, PRICES.request);
      work.spendBusy(facts.caller, performance.now() - startedAt);
      return sendProblem(request, reply, { status: 400, code: 'BAD_USER_INPUT', message: price });
    }
    const opened = work.open(facts.caller, price, meter);
    if (!(opened instanceof WorkCharge)) return sendOverBudget(request, reply, opened);
    opened.addBusy(performance.now() - startedAt);
    facts.charge = opened;
    facts.appIds = price.appIds;
    return undefined;
  };

  /** Waits for the read models to reach a position that they have not reached. @returns a sentence when too many requests are waiting already. */
  const inWaitingPlace = async (caller: Caller, wait: () => Promise<boolean>): Promise<boolean | string> => {
    const leave = requests.places.wait(callerKey(caller));
    if (typeof leave === 'string') return leave;
    try {
      return await wait();
    } finally {
      leave();
    }
  };
  const waitFor = async (caller: Caller, position: LogPosition, meter: CpuMeter): Promise<boolean | string> => {
    const resume = meter.pause();
    try {
      return await inWaitingPlace(caller, () => progress.waitFor(position, MIN_POSITION_WAIT_MS));
    } finally {
      resume();
    }
  };
  const isReached = (position: LogPosition): boolean => position <= progress.position();

  const contextOf = async (request: FastifyRequest): Promise<ServedContext> => {
    const facts = admitted.get(request);
    const caller = facts?.caller ?? { identity: null, address: request.ip };
    const meter = facts?.charge === undefined ? NO_METER : meterOf(facts.charge);
    const served = new ServedRequest(request.id, request.headers.accept, progress, (ms) => { meter.worked(ms); });
    try {
      const resources = await createContext({
        identity: caller.identity,
        trace: traceOf(request),
        dryRun: facts?.dryRun ?? false,
        async waitFor(position, timeoutMs) {
          const wait = (): Promise<boolean> => served.waitFor(position, timeoutMs);
          return isReached(position) ? wait() : (await inWaitingPlace(caller, wait)) === true;
        },
        meter,
      });
      if (facts !== undefined) facts.resources = resources;
      return Object.assign(resources, { served });
    } catch (error) {
      const failure = contextFailure(error);
      faults.note([failure], request.id);
      throw failure;
    }
  };

  const answer = fastifyApolloHandler(apollo, { context: contextOf });

  /** Charges an answer that was made for a request, and keeps it where that is possible. @returns what is sent of it. */
  const executed = (request: FastifyRequest, reply: FastifyReply, body: string, { charge, question, resources, appIds = [] }: Admitted): SentAnswer['body'] | null => {
    charge?.add(body.length * PRICES.answerCharacter);
    if (reply.statusCode !== 200 || resources?.served?.isPlainQuery !== true) return body;
    const contentType = String(reply.getHeader('content-type'));
    const answer = { body, contentType, entityTag: request.method === 'GET' ? entityTagOf(contentType, body) : null };
    const isFresh = question === undefined ? null : resources.freshness?.() ?? null;
    if (question !== undefined && isFresh !== null) answers.keep(question, { ...answer, appIds }, isFresh);
    return bodyFor(request, reply, answer);
  };

  /** Looks for an answer that is kept, and notes what it is the answer to. */
  const isKnown = (request: FastifyRequest, body: Buffer | null = null): boolean => {
    const facts = admitted.get(request);
    if (facts === undefined) return false;
    const { minPosition } = facts;
    facts.question = questionOf(request, facts, body);
    if (facts.question !== undefined && (minPosition === null || isReached(minPosition))) facts.kept = answers.find(facts.question);
    return facts.kept !== undefined;
  };

  void app.register((route, _options, done) => {
    addJsonBodies(route, isKnown);
    route.route({
      method: ['GET', 'POST'],
      url: GRAPHQL_PATH,
      onRequest: admit,
      async handler(request, reply) {
        const facts = admitted.get(request);
        const startedAt = performance.now();
        if (request.method === 'GET') isKnown(request);
        const kept = facts?.kept;
        if (facts !== undefined && kept !== undefined) {
          const ms = PRICES.request + (isHeld(request, kept) ? 0 : kept.characters * PRICES.answerCharacter);
          const opened = work.open(facts.caller, { ms, fixedMs: ms, mutations: 0, appIds: kept.appIds });
          facts.leave();
          if (!(opened instanceof WorkCharge)) return sendOverBudget(request, reply, opened);
          opened.settle();
          metrics?.keptAnswerSent();
          metrics?.operationAnswered('query', (performance.now() - startedAt) / 1000);
          // Fastify would print null as JSON.
          return reply.send(bodyFor(request, reply, kept) ?? undefined);
        }
        const meter = work.meter();
        try {
          if (facts !== undefined && !subscriptions.isUpgrade(request)) {
            const refused = charge(request, reply, facts, meter);
            if (refused !== undefined) return await refused;
            rewriteDocumentId(request);
          }
          const minPosition = facts?.minPosition ?? null;
          const reached = facts === undefined || minPosition === null || isReached(minPosition) || (await waitFor(facts.caller, minPosition, meter));
          if (typeof reached === 'string') return await sendTooMany(request, reply, reached);
          if (!reached) {
            const message = `The read models did not reach x-min-position within ${MIN_POSITION_WAIT_MS} ms. Send the request again.`;
            return await sendProblem(request, reply.header('x-position', progress.position()), { status: 503, code: 'PROJECTION_BEHIND', message });
          }
          if (await subscriptions.answer(request, reply, facts?.caller.identity ?? null)) return await reply;
          return await answer.call(this, request, reply);
        } finally {
          facts?.leave();
          for (const dispose of facts?.resources?.disposables ?? []) dispose();
          facts?.charge?.settle();
          meter.end();
        }
      },
      onSend(request, reply, payload, done) {
        const facts = admitted.get(request);
        done(null, typeof payload === 'string' && facts !== undefined ? executed(request, reply, payload, facts) : payload);
      },
      // Also when the body could not be read, so that the request was never executed.
      onResponse(request, _reply, done) {
        const facts = admitted.get(request);
        if (facts !== undefined) work.spendBusy(facts.caller, readingMsOf(request));
        done();
      },
    });
    done();
  });
  app.route({
    method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: GRAPHQL_PATH,
    handler: (request, reply) =>
      sendProblem(request, reply.header('allow', 'GET, POST'), { status: 405, code: 'BAD_USER_INPUT', message: 'Send GraphQL requests by GET or POST.' }),
  });
}

/** Everything that the answer to a signed-in request depends on, beside what it reads: the token, the headers and the bytes of the body. Undefined where no answer is kept. */
function questionOf({ method, url, headers }: FastifyRequest, { caller, dryRun }: Admitted, body: Buffer | null): string | undefined {
  if (caller.identity === null || dryRun || headers.upgrade !== undefined || (body?.length ?? 0) > MAX_REQUEST_CHARACTERS) return undefined;
  return JSON.stringify([method, url, ...ANSWERED_BY.map((name) => headers[name]), body?.toString('latin1')]);
}

/** The headers that the answer to a query depends on, among them those by which Apollo Server knows that a browser has asked for permission. */
const ANSWERED_BY = ['authorization', 'accept', 'content-type', 'apollo-require-preflight', 'x-apollo-operation-name'];

/** Whether the client says by `If-None-Match` that it has this answer already. */
const isHeld = ({ headers }: FastifyRequest, { entityTag }: SentAnswer): boolean => entityTag !== null && names(headers['if-none-match'], entityTag);

/** Sets the headers of an answer to a query. @returns its body; null, with status 304, for a client that has it already. */
function bodyFor(request: FastifyRequest, reply: FastifyReply, answer: SentAnswer): SentAnswer['body'] | null {
  if (answer.entityTag !== null) void reply.header('etag', answer.entityTag);
  if (!isHeld(request, answer)) {
    void reply.header('content-type', answer.contentType);
    return answer.body;
  }
  void reply.code(304).removeHeader('content-type');
  return null;
}

/** Charges the work of resolvers to a request. */
const meterOf = (charge: WorkCharge): WorkMeter => ({
  worked(ms) { charge.addBusy(ms); },
  async measured(work) {
    try {
      return await work();
    } finally {
      charge.lap();
    }
  },
  take(ms) {
    const refused = charge.take(ms);
    if (refused !== null) throw overBudget(refused);
  },
});

/** The error of a request whose budget is used up while it is being answered. */
const overBudget = ({ seconds, message }: OverBudget): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'TOO_MANY_REQUESTS', retryAfterSeconds: seconds, http: { status: 429, headers: new Map([['retry-after', String(seconds)]]) } } });

/** Whether the position is of this store: positions of one store have one length. */
const isComparable = (position: LogPosition | null, known: LogPosition): boolean => position === null || position === '0' || known === '' || position.length === known.length;

/** Wraps a failure to create the context in an error with the code and the HTTP status that clients see. */
function contextFailure(error: unknown): GraphQLError {
  const originalError = error instanceof Error ? error : new Error(String(error));
  const code = publicCodeOf(originalError);
  return new GraphQLError(originalError.message, { originalError, extensions: { code, http: { status: statusOfCodes([code]) ?? 400 } } });
}
