import { CloseCode, type SubscribePayload, type WebSocket as ProtocolSocket } from 'graphql-ws';
import type { ExecutionArgs, GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { RequestTrace } from '../application/caller';
import { SignInError, SignInUnavailable, type SignIn } from './bearerSignIn';
import { LiveOperation } from './liveOperation';
import type { UnsignedLimit } from './requestLimits';
import { SubscriberSession } from './subscriberSession';
import { tooMany, type SubscriptionEngine } from './subscriptionEngine';
import type { SubscriptionSlots } from './subscriptionSlots';

export interface SocketConnectionParts {
  readonly engine: SubscriptionEngine;
  readonly signIn: SignIn;
  readonly unsigned: UnsignedLimit;
  readonly logger: Logger;
  readonly slots: SubscriptionSlots;
  /** subscriptions of one connection. */
  readonly most: number;
  /** of the request that became this connection. */
  readonly authorization: string | undefined;
  readonly trace: RequestTrace;
}

const PING_MS = 15_000;
const LEAVE_MS = 1_000;
/** More than this does not wait to be sent: each subscription has one message on its way, and answers to pings are small. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
const MAX_REASON_BYTES = 123;

const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;
const OPEN = 1;

/** One WebSocket: who is signed in on it, and what it follows. */
export class SocketConnection {
  #session: SubscriberSession | null = null;
  #followed = 0;
  #hasAnswered = true;
  readonly #endings: (() => void)[] = [];

  constructor(
    private readonly webSocket: WebSocket,
    private readonly parts: SocketConnectionParts,
  ) {
    const ping = setInterval(() => { this.#ping(); }, PING_MS);
    this.#endings.push(() => { clearInterval(ping); });
    webSocket.on('pong', () => { this.#hasAnswered = true; });
    webSocket.on('ping', () => { this.#leaveWhenFull(); });
    // What is wrong with a message closes the connection, with a code; there is nothing else to do.
    webSocket.on('error', () => undefined);
  }

  /** The connection as the protocol needs it. */
  get socket(): ProtocolSocket {
    const { webSocket } = this;
    return {
      protocol: webSocket.protocol,
      send: (text) => new Promise((resolve, reject) => {
        this.#leaveWhenFull();
        webSocket.send(text, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
      close: (code, reason) => { this.#close(code ?? CloseCode.BadRequest, reason ?? ''); },
      onMessage: (take) => {
        webSocket.on('message', (data, isBinary) => {
          if (isBinary || !Buffer.isBuffer(data)) this.#close(CloseCode.BadRequest, 'Messages are text.');
          else take(data.toString()).catch((error: unknown) => { this.#fail(error); });
        });
      },
    };
  }

  /** Calls back when the WebSocket has closed. */
  onClosed(callback: (code: number, reason: string) => Promise<void>): void {
    this.webSocket.once('close', (code, reason) => {
      for (const end of this.#endings.splice(0)) end();
      callback(code, String(reason)).catch((error: unknown) => { this.#log(error); });
    });
  }

  /** Signs in with what the first message brings, or else with the header of the request. @returns whether the connection goes on. */
  async signIn(given: unknown): Promise<boolean> {
    const { signIn, unsigned, slots, trace } = this.parts;
    const authorization = typeof given === 'string' ? given : this.parts.authorization;
    if (authorization === undefined) return this.#refuse(CloseCode.Unauthorized, 'Sign in first: send {"authorization": "Bearer …"} as the payload of connection_init.');
    // Checking a token costs, so an address that sends wrong ones is not let go on.
    if (!signIn.knows(authorization) && unsigned.isUsedUp(trace.clientAddress)) return this.#refuse(TRY_AGAIN_LATER, 'Too many requests that are not signed in came from your address. Try again in a minute.');
    let session: SubscriberSession;
    try {
      session = await SubscriberSession.open(signIn, authorization, trace);
    } catch (error) {
      if (error instanceof SignInUnavailable) return this.#refuse(TRY_AGAIN_LATER, error.message);
      if (!(error instanceof SignInError)) throw error;
      unsigned.note(trace.clientAddress);
      return this.#refuse(CloseCode.Unauthorized, error.message);
    }
    const giveBack = slots.take(session.subject);
    if (typeof giveBack === 'string') return this.#refuse(TRY_AGAIN_LATER, giveBack);
    this.#session = session;
    this.#endings.push(giveBack, session.watch(({ message }) => { this.#close(CloseCode.Unauthorized, `${message} Connect again with a new token.`); }));
    if (this.webSocket.readyState !== OPEN) for (const end of this.#endings.splice(0)) end();
    return true;
  }

  /** Opens a subscription. @returns it as the context of its execution, or why not. */
  async subscribe(payload: SubscribePayload): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const { engine, most } = this.parts;
    const session = this.#session;
    if (session === null) throw new Error('Nobody is signed in on this connection.');
    if (this.#followed >= most) {
      const message = `One WebSocket may follow ${most.toLocaleString('en')} subscriptions at once. End one first, or open another.`;
      return engine.refusal([tooMany(message)], session.trace);
    }
    this.#followed += 1;
    const ended = (): void => { this.#followed -= 1; };
    const operation = await engine.read(payload);
    if (!('type' in operation)) {
      ended();
      return engine.refusal(operation, session.trace);
    }
    const opened = await engine.open(operation, session, ended);
    if (!(opened instanceof LiveOperation)) return opened;
    return { schema: engine.schema, document: operation.document, operationName: operation.operationName, contextValue: opened };
  }

  /** Tells the client to connect again, and leaves it alone after a second. */
  leave(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => { this.webSocket.terminate(); }, LEAVE_MS);
      this.webSocket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#close(GOING_AWAY, 'The server is ending. Connect again.');
    });
  }

  #ping(): void {
    if (!this.#hasAnswered) {
      this.webSocket.terminate();
      return;
    }
    this.#hasAnswered = false;
    this.webSocket.ping();
  }

  #leaveWhenFull(): void {
    if (this.webSocket.bufferedAmount > MAX_BUFFERED_BYTES) this.webSocket.terminate();
  }

  #refuse(code: number, reason: string): false {
    this.#close(code, reason);
    return false;
  }

  #close(code: number, reason: string): void {
    this.webSocket.close(code, withinBytes(reason));
  }

  #fail(error: unknown): void {
    // What could not be sent any more is no fault.
    if (this.webSocket.readyState !== OPEN) return;
    this.#log(error);
    this.#close(CloseCode.InternalServerError, `Something went wrong on the server. Correlation id ${this.parts.trace.correlationId}.`);
  }

  #log(error: unknown): void {
    this.parts.logger.error({ correlationId: this.parts.trace.correlationId, err: error }, 'A WebSocket failed');
  }
}

/** The reason of a close has a bound in bytes. */
function withinBytes(reason: string): string {
  let text = reason;
  while (Buffer.byteLength(text) > MAX_REASON_BYTES) text = text.slice(0, -1);
  return text;
}
