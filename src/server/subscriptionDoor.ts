import { OperationTypeNode, type GraphQLSchema } from 'graphql';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parametersOf, type DocumentGate } from './documentGate';
import { sendProblem } from './errorReplies';
import { acceptsEventStream, EventStreams, sendRefusal } from './eventStreamAnswer';
import { LiveOperation } from './liveOperation';
import { negotiatedMediaType } from './mediaTypes';
import type { PersistedOperations } from './persistedOperations';
import { traceOf } from './requestFacts';
import { SubscriberSession } from './subscriberSession';
import { SubscriptionDocuments } from './subscriptionDocument';
import { signInErrorOf, SubscriptionEngine, type SubscriptionEngineParts } from './subscriptionEngine';
import { SubscriptionSockets, type SubscriptionSocketsParts } from './subscriptionSockets';

export interface SubscriptionDoorParts extends Omit<SubscriptionEngineParts, 'documents'>, Omit<SubscriptionSocketsParts, 'engine'> {
  readonly schema: GraphQLSchema;
  readonly gate: DocumentGate;
  readonly operations: PersistedOperations;
  readonly introspection: boolean;
}

/** The two ways by which subscriptions are followed at the GraphQL address: WebSocket, and server-sent events. */
export class SubscriptionDoor {
  readonly #engine: SubscriptionEngine;
  readonly #sockets: SubscriptionSockets;
  readonly #streams = new EventStreams();

  constructor(private readonly parts: SubscriptionDoorParts) {
    const { schema, gate, operations, introspection } = parts;
    this.#engine = new SubscriptionEngine({ ...parts, documents: new SubscriptionDocuments(schema, gate, operations, introspection) });
    this.#sockets = new SubscriptionSockets({ ...parts, engine: this.#engine });
  }

  /** Takes in WebSockets, and ends everything that is followed before the server closes. */
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

  /** Answers a request whose sign-in was found right or absent, where it follows something. @returns false where somebody else answers it. */
  async answer(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    if (this.isUpgrade(request)) {
      this.#sockets.accept(request, reply);
      return true;
    }
    const { accept, authorization } = request.headers;
    if (!acceptsEventStream(accept)) return false;
    const trace = traceOf(request);
    const operation = await this.#engine.read(parametersOf(request));
    // Clients that take both send everything that way.
    const isFollowing = 'type' in operation && operation.type === OperationTypeNode.SUBSCRIPTION;
    if (!isFollowing && negotiatedMediaType(accept) !== null) return false;
    if (authorization === undefined) {
      sendProblem(request, reply, { status: 401, code: 'UNAUTHENTICATED', message: 'Sign in first: send a token in the header "authorization: Bearer …".' });
      return true;
    }
    if (!('type' in operation)) {
      sendRefusal(reply, this.#engine.refusal(operation, trace));
      return true;
    }
    const session = await SubscriberSession.open(this.parts.signIn, authorization, trace);
    let stopWatching = (): void => undefined;
    const opened = await this.#engine.open(operation, session, () => { stopWatching(); });
    if (!(opened instanceof LiveOperation)) {
      sendRefusal(reply, opened);
      return true;
    }
    stopWatching = session.watch((error) => { void opened.end(errorOf(signInErrorOf(error))); });
    this.#streams.write(reply, opened, this.parts.settings.subscriptionStallMs).catch((error: unknown) => {
      this.parts.logger.error({ correlationId: request.id, err: error }, 'An event stream failed');
      reply.raw.destroy();
    });
    return true;
  }
}

const errorOf = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
