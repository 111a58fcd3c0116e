import type { AllowsOrigin } from '../crossOrigin';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from 'graphql-ws';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { Identity, SignIn } from '../auth/signIn';
import { type HeldSlot, SocketConnection } from './connection';
import { LiveOperation } from './operation';
import { networkOf, type UnsignedLimit, wideNetworkOf } from '../limits';
import { PendingSockets } from './pending';
import { type SubscriptionEngine, SubscriptionSlots } from './engine';
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SubscriptionSettings } from '../../settings/settings';
import { type Problem, sendProblem } from '../errorReplies';
import { traceOf } from '../graphql/request';
import type { RequestWork } from '../work/requestWork';
import { TokenBuckets } from '../work/tokenBuckets';
import { onWebSocketUpgrade } from './upgrades';

export interface SubscriptionSocketsParts {
  readonly engine: SubscriptionEngine;
  readonly signIn: SignIn;
  readonly unsigned: UnsignedLimit;
  readonly work: RequestWork;
  readonly logger: Logger;
  readonly settings: SubscriptionSettings;
  /** Whether pages of an origin may connect, beside those of this address. */
  readonly allowsOrigin: AllowsOrigin;
  readonly maxMessageBytes: number;
}

interface Upgrade {
  readonly socket: Socket;
  readonly head: Buffer;
}

const INIT_WAIT_MS = 5_000;
const MESSAGES_AT_ONCE = 1_000;
const MESSAGES_PER_SECOND = 100;
/** The part of all WebSockets that one network may have open without a sign-in. */
const PENDING_SHARE = 0.1;

/** Subscriptions by WebSocket, with the protocol graphql-transport-ws. */
export class SubscriptionSockets {
  readonly #upgrades = new WeakMap<IncomingMessage, Upgrade>();
  readonly #webSockets: WebSocketServer;
  readonly #connections = new Set<SocketConnection>();
  readonly #slots: SubscriptionSlots;
  readonly #pending: PendingSockets;
  /** Messages and pings that clients may send, by WebSocket. */
  readonly #messages: TokenBuckets;
  #opened = 0;
  readonly #protocol;

  constructor(private readonly parts: SubscriptionSocketsParts) {
    const { settings, maxMessageBytes } = parts;
    this.#slots = new SubscriptionSlots('WebSockets', settings.subscriptionsPerPerson, settings.subscriptionsPerProcess);
    this.#pending = new PendingSockets(Math.max(1, Math.floor(settings.subscriptionsPerProcess * PENDING_SHARE)));
    this.#messages = new TokenBuckets({ size: MESSAGES_AT_ONCE, perSecond: MESSAGES_PER_SECOND, max: settings.subscriptionsPerProcess });
    // Compression would keep memory for each connection.
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

  /** Routes upgrade requests through Fastify like any other request, so that its limits, headers and metrics apply. */
  addTo(app: FastifyInstance): void {
    onWebSocketUpgrade(app.server, (request, socket, head) => {
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket);
      response.once('finish', () => { socket.destroySoon(); });
      this.#upgrades.set(request, { socket, head });
      app.routing(request, response);
    });
  }

  /** Whether the request opens a WebSocket. */
  isUpgrade({ raw }: FastifyRequest): boolean {
    return this.#upgrades.has(raw);
  }

  /**
   * Opens the WebSocket, or answers with the reason of the refusal.
   * @param identity the person who signed in with the header of the request; null without one. The WebSocket counts as theirs from now on.
   */
  accept(request: FastifyRequest, reply: FastifyReply, identity: Identity | null): void {
    const problem = this.#problemOf(request);
    if (problem !== null) {
      sendProblem(request, reply, problem);
      return;
    }
    const giveBack = identity === null ? null : this.#slots.take(identity.sub);
    if (typeof giveBack === 'string') {
      sendProblem(request, reply, { status: 429, code: 'TOO_MANY_REQUESTS', message: giveBack });
      return;
    }
    const upgrade = this.#upgrades.get(request.raw);
    reply.hijack();
    if (upgrade) this.#open(request, reply, upgrade, identity === null || giveBack === null ? null : { person: identity.sub, giveBack });
    else giveBack?.();
  }

  /** Closes all connections within a second and asks their clients to reconnect. */
  async close(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.leave()));
  }

  #problemOf(request: FastifyRequest): Problem | null {
    const { allowsOrigin, settings } = this.parts;
    const { origin } = request.headers;
    if (origin !== undefined && !allowsOrigin(origin) && hostOf(origin) !== request.host) {
      return { status: 403, code: 'FORBIDDEN', message: 'Pages of this origin may not connect. Add the origin to CORS_ORIGINS to allow it.' };
    }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
    if (!offered.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL)) {
      return { status: 400, code: 'BAD_USER_INPUT', message: `The WebSocket must offer the subprotocol ${GRAPHQL_TRANSPORT_WS_PROTOCOL}.` };
    }
    if (this.#connections.size >= settings.subscriptionsPerProcess && !this.#pending.dropOldest()) {
      const message = `This server has ${settings.subscriptionsPerProcess.toLocaleString('en')} WebSockets open, its limit. Connect again later.`;
      return { status: 429, code: 'TOO_MANY_REQUESTS', message };
    }
    return null;
  }

  #open(request: FastifyRequest, reply: FastifyReply, { socket, head }: Upgrade, held: HeldSlot | null): void {
    const { engine, signIn, unsigned, work, settings, logger } = this.parts;
    reply.raw.detachSocket(socket);
    const key = String(this.#opened += 1);
    const handshake = { isDone: false };
    this.#webSockets.handleUpgrade(request.raw, socket, head, (webSocket) => {
      handshake.isDone = true;
      const connection = new SocketConnection(webSocket, {
        engine, signIn, unsigned, work, logger,
        slots: this.#slots,
        takeMessage: () => this.#messages.take(key, 1) === 0,
        held,
        most: settings.subscriptionsPerConnection,
        authorization: request.headers.authorization,
        trace: traceOf(request),
      });
      this.#connections.add(connection);
      if (held === null) connection.onceSignedIn(this.#pending.add(wideNetworkOf(request.ip) ?? networkOf(request.ip), connection));
      const closed = this.#protocol.opened(connection.socket, connection);
      connection.onClosed((code, reason) => {
        this.#connections.delete(connection);
        return closed(code, reason);
      });
    });
    if (!handshake.isDone) held?.giveBack();
  }
}

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);
