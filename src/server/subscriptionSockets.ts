import { ServerResponse, type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from 'graphql-ws';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { SubscriptionSettings } from '../settings/subscriptionSettings';
import type { SignIn } from './bearerSignIn';
import { sendProblem, type Problem } from './errorReplies';
import { LiveOperation } from './liveOperation';
import { traceOf } from './requestFacts';
import type { UnsignedLimit } from './requestLimits';
import { SocketConnection } from './socketConnection';
import type { SubscriptionEngine } from './subscriptionEngine';
import { SubscriptionSlots } from './subscriptionSlots';

export interface SubscriptionSocketsParts {
  readonly engine: SubscriptionEngine;
  readonly signIn: SignIn;
  readonly unsigned: UnsignedLimit;
  readonly logger: Logger;
  readonly settings: SubscriptionSettings;
  /** of pages that may connect, beside those of this address. */
  readonly origins: readonly string[];
  readonly maxMessageBytes: number;
}

interface Upgrade {
  readonly socket: Socket;
  readonly head: Buffer;
}

const INIT_WAIT_MS = 5_000;

/** Subscriptions by WebSocket, as graphql-transport-ws has them. */
export class SubscriptionSockets {
  readonly #upgrades = new WeakMap<IncomingMessage, Upgrade>();
  readonly #webSockets: WebSocketServer;
  readonly #connections = new Set<SocketConnection>();
  readonly #slots: SubscriptionSlots;
  readonly #protocol;

  constructor(private readonly parts: SubscriptionSocketsParts) {
    const { settings, maxMessageBytes } = parts;
    this.#slots = new SubscriptionSlots('WebSockets', settings.subscriptionsPerPerson, settings.subscriptionsPerProcess);
    // Compression would hold memory for each connection.
    this.#webSockets = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: maxMessageBytes, perMessageDeflate: false });
    this.#protocol = makeServer<Record<string, unknown>, SocketConnection>({
      connectionInitWaitTimeout: INIT_WAIT_MS,
      onConnect: ({ connectionParams, extra }) => extra.signIn(connectionParams?.['authorization'] ?? connectionParams?.['Authorization']),
      onSubscribe: ({ extra }, _id, payload) => extra.subscribe(payload),
      subscribe: ({ contextValue }) => {
        if (!(contextValue instanceof LiveOperation)) throw new Error('The subscription was not opened.');
        return contextValue;
      },
    });
  }

  /** Lets requests that want to become a WebSocket go the way of every other request first, with its limits, headers and counts. */
  addTo(app: FastifyInstance): void {
    app.server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => {
      if (!(socket instanceof Socket)) {
        socket.destroy();
        return;
      }
      socket.on('error', () => socket.destroy());
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket);
      response.once('finish', () => { socket.destroySoon(); });
      this.#upgrades.set(request, { socket, head });
      app.routing(request, response);
    });
  }

  /** Whether the request wants to become a WebSocket. */
  isUpgrade({ raw, headers }: FastifyRequest): boolean {
    return this.#upgrades.has(raw) && headers.upgrade?.toLowerCase() === 'websocket';
  }

  /** Opens the WebSocket, or answers why not. */
  accept(request: FastifyRequest, reply: FastifyReply): void {
    const problem = this.#problemOf(request);
    if (problem !== null) {
      sendProblem(request, reply, problem);
      return;
    }
    const upgrade = this.#upgrades.get(request.raw);
    reply.hijack();
    if (upgrade) this.#open(request, reply, upgrade);
  }

  /** Closes all of them in a way that tells their clients to connect again, within a second. */
  async close(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.leave()));
  }

  #problemOf(request: FastifyRequest): Problem | null {
    const { origins, settings } = this.parts;
    const { origin } = request.headers;
    if (origin !== undefined && !origins.includes(origin) && hostOf(origin) !== request.host) {
      return { status: 403, code: 'FORBIDDEN', message: 'Pages of this origin may not connect. Those that may are set by CORS_ORIGINS.' };
    }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
    if (!offered.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL)) {
      return { status: 400, code: 'BAD_USER_INPUT', message: `The WebSocket must offer the subprotocol ${GRAPHQL_TRANSPORT_WS_PROTOCOL}.` };
    }
    if (this.#connections.size >= settings.subscriptionsPerProcess) {
      const message = `This server has ${settings.subscriptionsPerProcess.toLocaleString('en')} WebSockets at once, which is its limit. Connect again a little later.`;
      return { status: 429, code: 'TOO_MANY_REQUESTS', message };
    }
    return null;
  }

  #open(request: FastifyRequest, reply: FastifyReply, { socket, head }: Upgrade): void {
    const { engine, signIn, unsigned, settings, logger } = this.parts;
    reply.raw.detachSocket(socket);
    this.#webSockets.handleUpgrade(request.raw, socket, head, (webSocket) => {
      const connection = new SocketConnection(webSocket, {
        engine, signIn, unsigned, logger,
        slots: this.#slots,
        most: settings.subscriptionsPerConnection,
        authorization: request.headers.authorization,
        trace: traceOf(request),
      });
      this.#connections.add(connection);
      const closed = this.#protocol.opened(connection.socket, connection);
      connection.onClosed((code, reason) => {
        this.#connections.delete(connection);
        return closed(code, reason);
      });
    });
  }
}

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);
