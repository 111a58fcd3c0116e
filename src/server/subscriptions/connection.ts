import { CloseCode, type SubscribePayload, type WebSocket as ProtocolSocket } from 'graphql-ws';
import type { ExecutionArgs, GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { RequestTrace } from '../../application/commandTypes';
import { type SignIn, SignInError, SignInUnavailable } from '../auth/signIn';
import { LiveOperation } from './operation';
import { PRICES } from '../graphql/price';
import type { RequestWork } from '../work/requestWork';
import { TooManyChecks, type UnsignedLimit } from '../limits';
import { SubscriberSession } from './session';
import { type SubscriptionEngine, type SubscriptionSlots, tooMany } from './engine';

interface SocketConnectionParts {
  readonly engine: SubscriptionEngine;
  readonly signIn: SignIn;
  readonly unsigned: UnsignedLimit;
  readonly work: RequestWork;
  /** Counts a message or a ping of the client. @returns false when there are too many. */
  readonly takeMessage: () => boolean;
  readonly logger: Logger;
  readonly slots: SubscriptionSlots;
  /** The slot of the person who signed in with the header of the upgrade request; null without one. */
  readonly held: HeldSlot | null;
  /** Subscriptions that may be open at once on one connection. */
  readonly most: number;
  /** The `Authorization` header of the upgrade request. */
  readonly authorization: string | undefined;
  readonly trace: RequestTrace;
}

/** A slot that was taken for a person. */
export interface HeldSlot {
  readonly person: string;
  /** Gives the slot back; idempotent. */
  readonly giveBack: () => void;
}

const PING_MS = 15_000;
const LEAVE_MS = 1_000;
/** A connection with more unsent bytes is terminated. Each subscription has at most one message in flight, and answers to pings are small. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
const MAX_REASON_BYTES = 123;
/** A token fits, and little else is sent before the sign-in. */
const MAX_UNSIGNED_BYTES = 16 * 1024;
const MAX_UNSIGNED_MESSAGES = 5;
/** Messages below this size are read at once, such as those that keep a connection alive. */
const SMALL_BYTES = 1_024;
/** The id of a subscription is repeated in each of its messages. */
const MAX_ID_LENGTH = 200;

const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;
const OPEN = 1;
const CLOSED = 3;

/** One WebSocket, with its sign-in and its subscriptions. */
export class SocketConnection {
  #session: SubscriberSession | null = null;
  #followed = 0;
  #hasAnswered = true;
  #hasFailed = false;
  #unsignedMessages = 0;
  #onSignedIn = (): void => undefined;
  readonly #endings: (() => void)[] = [];
  readonly #idsInUse = new Set<string>();
  readonly #open = new Set<LiveOperation>();

  constructor(
    private readonly webSocket: WebSocket,
    private readonly parts: SocketConnectionParts,
  ) {
    const ping = setInterval(() => { this.#ping(); }, PING_MS);
    this.#endings.push(() => { clearInterval(ping); }, () => parts.held?.giveBack());
    webSocket.on('pong', () => { this.#hasAnswered = true; });
    webSocket.on('ping', () => {
      if (this.#hasTaken()) this.#leaveWhenFull();
    });
    // The WebSocket closes itself with a code after an invalid message; without a listener the error would be thrown.
    webSocket.on('error', () => undefined);
  }

  /** The connection as graphql-ws needs it. */
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
          if (!this.#hasTaken()) return;
          if (isBinary || !Buffer.isBuffer(data)) this.#close(CloseCode.BadRequest, 'Send messages as text.');
          else this.#read(data, take);
        });
      },
    };
  }

  /** Calls back once, when the WebSocket has closed. */
  onClosed(callback: (code: number, reason: string) => Promise<void>): void {
    this.webSocket.once('close', (code, reason) => {
      const { unsigned, held, trace } = this.parts;
      if (this.#session === null && held === null && !this.#hasFailed) unsigned.note(trace.clientAddress);
      for (const end of this.#endings.splice(0)) end();
      for (const operation of this.#open) void operation.return();
      callback(code, String(reason)).catch((error: unknown) => { this.#log(error); });
    });
  }

  /** Calls back once, when the person has signed in, or when the WebSocket has closed. */
  onceSignedIn(callback: () => void): void {
    this.#onSignedIn = callback;
    this.#endings.push(callback);
  }

  /** Closes the WebSocket at once. */
  drop(): void {
    this.webSocket.terminate();
  }

  /** Signs in with the token of `connection_init`, or with the header of the upgrade request. @returns false when the connection was closed instead. */
  async signIn(given: unknown): Promise<boolean> {
    const { signIn, unsigned, work, slots, held, trace } = this.parts;
    const authorization = typeof given === 'string' ? given : this.parts.authorization;
    if (authorization === undefined) return this.#refuse(CloseCode.Forbidden, 'Sign in first: send {"authorization": "Bearer …"} as the payload of connection_init.');
    const open = (): Promise<SubscriberSession> => SubscriberSession.open(signIn, authorization, trace);
    let session: SubscriberSession;
    try {
      session = await (signIn.knows(authorization) ? open() : unsigned.checked(trace.clientAddress, open));
    } catch (error) {
      if (error instanceof SignInUnavailable || error instanceof TooManyChecks) return this.#refuse(TRY_AGAIN_LATER, error.message);
      if (!(error instanceof SignInError)) throw error;
      const isOverLimit = unsigned.isUsedUp(trace.clientAddress);
      unsigned.note(trace.clientAddress);
      this.#hasFailed = true;
      return isOverLimit ? this.#refuse(TRY_AGAIN_LATER, `${error.message} Your address has sent too many requests without signing in.`) : this.#refuse(CloseCode.Forbidden, error.message);
    }
    const { subject } = session;
    if (held !== null && held.person !== subject) held.giveBack();
    const giveBack = held?.person === subject ? held.giveBack : slots.take(subject);
    if (typeof giveBack === 'string') {
      this.#hasFailed = true;
      return this.#refuse(TRY_AGAIN_LATER, giveBack);
    }
    this.#session = session;
    if (held === null) work.moveUpgrade(trace.clientAddress, session.caller, PRICES.request);
    this.#onSignedIn();
    this.#endings.push(giveBack, session.watch(({ message }) => { this.#close(CloseCode.Forbidden, `${message} Connect again with a new token.`); }));
    if (this.webSocket.readyState !== OPEN) for (const end of this.#endings.splice(0)) end();
    return true;
  }

  /** Opens a subscription. @returns execution arguments with the subscription as their context, or the errors of the refusal. */
  async subscribe(payload: SubscribePayload): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const { engine, most } = this.parts;
    const session = this.#session;
    if (session === null) throw new Error('Nobody is signed in on this connection.');
    if (this.#followed >= most) {
      const message = `One WebSocket may have ${most.toLocaleString('en')} subscriptions open. Close one first, or open another WebSocket.`;
      return engine.refusal([tooMany(message)], session.trace);
    }
    this.#followed += 1;
    const own: { live?: LiveOperation } = {};
    const ended = (): void => {
      this.#followed -= 1;
      if (own.live) this.#open.delete(own.live);
    };
    const operation = await engine.read(payload, session.caller);
    if (!('type' in operation)) {
      ended();
      return engine.refusal(operation, session.trace);
    }
    const opened = await engine.open(operation, session, ended);
    if (!(opened instanceof LiveOperation)) return opened;
    own.live = opened;
    if (this.webSocket.readyState === CLOSED) void opened.return();
    else this.#open.add(opened);
    return { schema: engine.schema, document: operation.document, operationName: operation.operationName, contextValue: opened };
  }

  /** Asks the client to reconnect, and terminates the connection after a second. */
  leave(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => { this.webSocket.terminate(); }, LEAVE_MS);
      this.webSocket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#close(GOING_AWAY, 'The server is shutting down. Connect again.');
    });
  }

  /**
   * Handles one message. An id stays in use until its subscription has ended on this side: a subscription that took it over
   * earlier would be mixed up with the one that ends.
   */
  async #take(text: string, take: (text: string) => Promise<void>): Promise<void> {
    const id = subscribingId(text);
    if (id === undefined) {
      await take(text);
      return;
    }
    if (id.length > MAX_ID_LENGTH) {
      this.#close(CloseCode.BadRequest, `The id of a subscription may have at most ${MAX_ID_LENGTH} characters.`);
      return;
    }
    if (this.#idsInUse.has(id)) {
      this.#close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
      return;
    }
    this.#idsInUse.add(id);
    try {
      await take(text);
    } finally {
      this.#idsInUse.delete(id);
    }
  }

  /** Reads a message and charges what that cost. Of a client over their budget nothing more is read until something is left of it. */
  #read(data: Buffer, take: (text: string) => Promise<void>): void {
    const { webSocket } = this;
    const { work, trace } = this.parts;
    const session = this.#session;
    if (session === null && !this.#mayReadUnsigned(data)) return;
    const startedAt = performance.now();
    this.#take(data.toString(), take).catch((error: unknown) => { this.#fail(error); });
    const ms = performance.now() - startedAt;
    if (session === null) {
      work.spendOnUpgrade(trace.clientAddress, ms);
      return;
    }
    work.spendBusy(session.caller, ms);
    if (data.length < SMALL_BYTES || work.left(session.caller) > 0) return;
    webSocket.pause();
    void work.turnOf(session.caller).then(() => { webSocket.resume(); });
  }

  /** Whether a message may come before the sign-in. The WebSocket is closed when it may not. */
  #mayReadUnsigned({ length }: Buffer): boolean {
    this.#unsignedMessages += 1;
    if (length > MAX_UNSIGNED_BYTES) return this.#refuse(CloseCode.BadRequest, `A message before the sign-in may have at most ${MAX_UNSIGNED_BYTES.toLocaleString('en')} bytes.`);
    return this.#unsignedMessages <= MAX_UNSIGNED_MESSAGES || this.#refuse(CloseCode.BadRequest, 'Sign in first: this WebSocket has sent too many messages without a sign-in.');
  }

  /** Charges a message or a ping. @returns false when the client sends too many, and the WebSocket is closed for it. */
  #hasTaken(): boolean {
    const { work, takeMessage, trace } = this.parts;
    if (!takeMessage()) return this.#refuse(TRY_AGAIN_LATER, 'This WebSocket has sent too many messages. Connect again later.');
    work.spend(this.#session?.caller ?? { identity: null, address: trace.clientAddress }, PRICES.socketMessage);
    return true;
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
    // The client is gone; failing to send to it is not an error.
    if (this.webSocket.readyState !== OPEN) return;
    this.#log(error);
    this.#close(CloseCode.InternalServerError, `Something went wrong on the server. Correlation id ${this.parts.trace.correlationId}.`);
  }

  #log(error: unknown): void {
    this.parts.logger.error({ correlationId: this.parts.trace.correlationId, err: error }, 'A WebSocket failed');
  }
}

/** The id in a `subscribe` message; undefined for other messages. */
function subscribingId(text: string): string | undefined {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message !== 'object' || message === null || !('type' in message) || message.type !== 'subscribe' || !('id' in message)) return undefined;
    return typeof message.id === 'string' ? message.id : undefined;
  } catch {
    return undefined;
  }
}

/** Shortens a close reason to the 123 bytes that the protocol allows. */
function withinBytes(reason: string): string {
  let text = reason;
  while (Buffer.byteLength(text) > MAX_REASON_BYTES) text = text.slice(0, -1);
  return text;
}
