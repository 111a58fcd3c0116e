import { type GraphQLSchema, OperationTypeNode } from 'graphql';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DocumentAdmission, parametersOf, type PersistedOperations } from '../graphql/documents';
import { negotiatedMediaType, sendProblem } from '../errorReplies';
import { type Identity, SignInError } from '../auth/signIn';
import { acceptsEventStream, EventStreams, sendRefusal } from './sse';
import { LiveOperation } from './operation';
import { traceOf } from '../graphql/request';
import { SubscriberSession, SubscriptionDocuments } from './session';
import { SubscriptionEngine, type SubscriptionEngineParts } from './engine';
import { SubscriptionSockets, type SubscriptionSocketsParts } from './sockets';

interface SubscriptionRoutesParts extends Omit<SubscriptionEngineParts, 'documents'>, Omit<SubscriptionSocketsParts, 'engine'> {
  readonly schema: GraphQLSchema;
  readonly admission: DocumentAdmission;
  readonly operations: PersistedOperations;
  readonly introspection: boolean;
}

/** Subscriptions at the GraphQL endpoint, by WebSocket and by server-sent events. */
export class SubscriptionRoutes {
  readonly #engine: SubscriptionEngine;
  readonly #sockets: SubscriptionSockets;
  readonly #streams = new EventStreams();

  constructor(private readonly parts: SubscriptionRoutesParts) {
    const { schema, admission, operations, introspection } = parts;
    this.#engine = new SubscriptionEngine({ ...parts, documents: new SubscriptionDocuments(schema, admission, operations, introspection) });
    this.#sockets = new SubscriptionSockets({ ...parts, engine: this.#engine });
  }

  /** Accepts WebSockets, and ends all subscriptions before the server closes. */
  addTo(app: FastifyInstance): void {
    this.#sockets.addTo(app);
    app.addHook('preClose', async () => {
      this.#streams.close();
      await this.#sockets.close();
    });
  }

  isUpgrade(request: FastifyRequest): boolean {
    return this.#sockets.isUpgrade(request);
  }

  /** Answers a request whose token is valid or absent if it opens a subscription. @returns false when the request has to be answered otherwise. */
  async answer(request: FastifyRequest, reply: FastifyReply, identity: Identity | null): Promise<boolean> {
    if (this.isUpgrade(request)) {
      this.#sockets.accept(request, reply, identity);
      return true;
    }
    const { accept, authorization } = request.headers;
    if (!acceptsEventStream(accept)) return false;
    const trace = traceOf(request);
    const operation = await this.#engine.read(parametersOf(request), { identity, address: request.ip });
    // Some clients accept event streams for every operation, also for queries and mutations.
    const isFollowing = 'type' in operation && operation.type === OperationTypeNode.SUBSCRIPTION;
    if (!isFollowing && negotiatedMediaType(accept) !== null) return false;
    const unauthenticated = (message: string): boolean => {
      sendProblem(request, reply, { status: 401, code: 'UNAUTHENTICATED', message });
      return true;
    };
    if (authorization === undefined) return unauthenticated('Sign in first: send a token in the header "authorization: Bearer …".');
    if (!('type' in operation)) {
      sendRefusal(reply, this.#engine.refusal(operation, trace));
      return true;
    }
    const session = await SubscriberSession.open(this.parts.signIn, authorization, trace).catch(signInErrorIn);
    if (session instanceof SignInError) return unauthenticated(session.message);
    const opened = await this.#engine.open(operation, session, () => undefined);
    if (!(opened instanceof LiveOperation)) {
      // Clients connect again after 401, but not after an error within the stream.
      const signedOut = opened.find(({ extensions }) => extensions['code'] === 'UNAUTHENTICATED');
      if (signedOut) return unauthenticated(signedOut.message);
      sendRefusal(reply, opened);
      return true;
    }
    this.#streams.write(reply, opened, session, this.parts.settings.subscriptionStallMs).catch((error: unknown) => {
      this.parts.logger.error({ correlationId: request.id, err: error }, 'An event stream failed');
      reply.raw.destroy();
    });
    return true;
  }
}

function signInErrorIn(error: unknown): SignInError {
  if (error instanceof SignInError) return error;
  throw error;
}
