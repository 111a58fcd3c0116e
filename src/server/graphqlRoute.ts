import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { LogPosition } from '../eventstore/eventStore';
import type { FaultLog, ServedContext } from './answerPlugin';
import { SignInError, SignInUnavailable, type SignIn } from './bearerSignIn';
import type { DocumentGate } from './documentGate';
import { GRAPHQL_PATH, sendProblem } from './errorReplies';
import type { Identity } from './identity';
import { publicCodeOf, statusOfCodes } from './publicErrors';
import { dryRunFrom, minPositionFrom, traceOf } from './requestFacts';
import type { UnsignedLimit } from './requestLimits';
import type { SubscriptionDoor } from './subscriptionDoor';
import { ServedRequest, type ContextFactory, type ReadProgress, type RequestResources } from './servedRequest';

/** How long a request waits for the position that it asks for. */
const MIN_POSITION_WAIT_MS = 2000;

export interface GraphqlRouteOptions {
  readonly apollo: ApolloServer<ServedContext>;
  readonly signIn: SignIn;
  readonly createContext: ContextFactory;
  readonly progress: ReadProgress;
  readonly faults: FaultLog;
  readonly unsigned: UnsignedLimit;
  readonly gate: DocumentGate;
  readonly subscriptions: SubscriptionDoor;
  readonly maxInFlight: number;
}

/** What is known of a request once its headers have been read. */
interface Admitted {
  readonly identity: Identity | null;
  readonly minPosition: LogPosition | null;
  readonly dryRun: boolean;
  resources?: RequestResources;
}

/** The GraphQL address: who asks is settled first, then the position to wait for, then Apollo Server answers. */
export function addGraphqlRoute(app: FastifyInstance, options: GraphqlRouteOptions): void {
  const { apollo, signIn, createContext, progress, faults, unsigned, gate, subscriptions, maxInFlight } = options;
  const admitted = new WeakMap<FastifyRequest, Admitted>();
  let inFlight = 0;

  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    reply.header('x-position', progress.position());
    const { authorization } = request.headers;
    // Checking a token costs, here and at the provider, so an address that sends wrong ones is not let go on.
    if (authorization !== undefined && !signIn.knows(authorization)) {
      const refused = unsigned.check(request, reply);
      if (refused !== undefined) return refused;
    }
    let identity: Identity | null;
    try {
      identity = await signIn.authenticate(authorization);
    } catch (error) {
      if (error instanceof SignInUnavailable) {
        faults.signInUnavailable(error, request.id);
        return sendProblem(request, reply.header('retry-after', '5'), { status: 503, code: 'SIGN_IN_UNAVAILABLE', message: error.message });
      }
      if (!(error instanceof SignInError)) throw error;
      const refused = unsigned.count(request, reply);
      if (refused !== undefined) return refused;
      reply.header('www-authenticate', 'Bearer error="invalid_token"');
      return sendProblem(request, reply, { status: 401, code: 'UNAUTHENTICATED', message: error.message });
    }
    if (identity === null) {
      const refused = unsigned.count(request, reply);
      if (refused !== undefined) return refused;
    }
    const minPosition = minPositionFrom(request.headers['x-min-position']);
    if (minPosition === undefined) {
      const message = 'x-min-position must be a position as this service gives it, such as a mutation\'s position.';
      return sendProblem(request, reply, { status: 400, code: 'BAD_USER_INPUT', message });
    }
    const dryRun = dryRunFrom(request.headers['x-dry-run']);
    if (dryRun === undefined) {
      return sendProblem(request, reply, { status: 400, code: 'BAD_USER_INPUT', message: 'x-dry-run must be true or false.' });
    }
    admitted.set(request, { identity, minPosition, dryRun });
    return undefined;
  };

  const contextOf = async (request: FastifyRequest): Promise<ServedContext> => {
    const admission = admitted.get(request);
    const served = new ServedRequest(request.id, request.headers.accept, progress);
    try {
      const resources = await createContext({
        identity: admission?.identity ?? null,
        trace: traceOf(request),
        dryRun: admission?.dryRun ?? false,
        waitFor: (position, timeoutMs) => served.waitFor(position, timeoutMs),
      });
      if (admission !== undefined) admission.resources = resources;
      return Object.assign(resources, { served });
    } catch (error) {
      const failure = contextFailure(error);
      faults.note([failure], request.id);
      throw failure;
    }
  };

  const reached = async (position: LogPosition | null): Promise<boolean> =>
    position === null || position <= progress.position() || progress.waitFor(position, MIN_POSITION_WAIT_MS);

  const answer = fastifyApolloHandler(apollo, { context: contextOf });

  app.route({
    method: ['GET', 'POST'],
    url: GRAPHQL_PATH,
    onRequest: admit,
    async handler(request, reply) {
      if (inFlight >= maxInFlight) {
        reply.header('retry-after', '1');
        const message = `The server works on ${maxInFlight.toLocaleString('en')} requests at once, which is its limit. Send the same request again.`;
        return sendProblem(request, reply, { status: 429, code: 'TOO_MANY_REQUESTS', message });
      }
      const tooMuch = subscriptions.isUpgrade(request) ? null : gate.problemOf(request);
      if (tooMuch !== null) return sendProblem(request, reply, { status: 400, code: 'BAD_USER_INPUT', message: tooMuch });
      inFlight += 1;
      try {
        if (!(await reached(admitted.get(request)?.minPosition ?? null))) {
          const message = `The read models did not reach x-min-position within ${MIN_POSITION_WAIT_MS} ms. Send the same request again.`;
          return await sendProblem(request, reply.header('x-position', progress.position()), { status: 503, code: 'PROJECTION_BEHIND', message });
        }
        if (await subscriptions.answer(request, reply)) return await reply;
        return await answer.call(this, request, reply);
      } finally {
        inFlight -= 1;
        for (const dispose of admitted.get(request)?.resources?.disposables ?? []) dispose();
      }
    },
  });
  app.route({
    method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: GRAPHQL_PATH,
    handler: (request, reply) =>
      sendProblem(request, reply.header('allow', 'GET, POST'), { status: 405, code: 'BAD_USER_INPUT', message: 'GraphQL is asked by GET or POST.' }),
  });
}

/** A failure to make the context, with the code and the status under which the outside sees it. */
function contextFailure(error: unknown): GraphQLError {
  const originalError = error instanceof Error ? error : new Error(String(error));
  const code = publicCodeOf(originalError);
  return new GraphQLError(originalError.message, { originalError, extensions: { code, http: { status: statusOfCodes([code]) ?? 400 } } });
}
