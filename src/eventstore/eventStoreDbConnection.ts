import { EventStoreDBClient, type Credentials } from '@eventstore/db-client';
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { StoreUnavailable } from './eventStore';
import { failureKind, isSilence, messageOf, toPortError, type LogReplaced } from './eventStoreDbFailures';
import { Slots } from './eventStoreDbSlots';

/** What happens to the connection, for the log of the service. */
export interface StoreNotice {
  readonly what: 'STORE_UNREACHABLE' | 'STORE_REACHABLE' | 'STORE_CONNECTION_LEFT' | 'LOG_REPLACED';
  readonly message: string;
}

export interface EventStoreDbOptions {
  /** `esdb://…` or `esdb+discover://…`; may hold a user and a password. */
  readonly url: string;
  readonly notify?: (notice: StoreNotice) => void;
  /** how long an append is tried; 10 s when absent. */
  readonly appendMs?: number;
  /** how long a page is tried to be read; 5 s when absent. */
  readonly readMs?: number;
  /** how long a first attempt may take, and a read may be silent; 1 s when absent. */
  readonly attemptMs?: number;
}

/** Without TLS they are not sent; with them each append is a call of its own, which has a deadline and its own failure. */
const NO_CREDENTIALS: Credentials = { username: 'none', password: 'none' };

/** The server takes 100 calls on a connection at once; what is beyond waits without being told. */
const APPENDS_AT_ONCE = 64;
const READS_AT_ONCE = 32;

/** The first of them; clients with different ones do not share a connection. */
const KEEP_ALIVE_MS = 10_000;
const KEEP_ALIVES = 1_000;

/** After so many silent attempts in a row the connection is taken for dead, long before its keep-alive says so. */
const SILENT_ATTEMPTS = 2;

const LONGEST_GOODBYE_MS = 1_000;
const SHORTEST_ATTEMPT_MS = 100;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/** One attempt at a call. */
export interface Attempt {
  /** from 1. */
  readonly number: number;
  /** how long it may take. */
  readonly ms: number;
}

/** Two clients with a connection each, since a subscription that is read slowly must not hold up calls. */
interface Clients {
  readonly calls: EventStoreDBClient;
  readonly subscriptions: EventStoreDBClient;
  /** when one of them was answered last; null before the first time. */
  answeredAt: number | null;
}

/** The clients of one server or cluster, how to try again, and what is known of its state. */
export class EventStoreDbConnection {
  readonly credentials: Credentials;
  readonly appendMs: number;
  readonly readMs: number;
  readonly #attemptMs: number;
  readonly #appendSlots = new Slots(APPENDS_AT_ONCE);
  readonly #readSlots = new Slots(READS_AT_ONCE);
  readonly #closing = new AbortController();
  readonly #finishing = new Set<Promise<unknown>>();
  readonly #troubles = new Set<() => void>();
  readonly #departures = new Set<() => void>();
  #clients: Clients;
  #clientsMade = 0;
  #open = true;
  #downSince: number | null = null;
  #replaced: LogReplaced | null = null;
  #announceReplaced: (error: LogReplaced) => void = () => undefined;
  readonly whenReplaced = new Promise<LogReplaced>((resolve) => {
    this.#announceReplaced = resolve;
  });

  constructor(private readonly options: EventStoreDbOptions) {
    const { url } = options;
    this.#clients = this.#newClients();
    this.credentials = credentialsOf(url) ?? NO_CREDENTIALS;
    this.appendMs = options.appendMs ?? 10_000;
    this.readMs = options.readMs ?? 5_000;
    this.#attemptMs = options.attemptMs ?? 1_000;
    // One for each read and subscription.
    setMaxListeners(0, this.#closing.signal);
  }

  get calls(): EventStoreDBClient {
    return this.#clients.calls;
  }

  get subscriptions(): EventStoreDBClient {
    return this.#clients.subscriptions;
  }

  /** Aborts when the store is closed and its appends are done. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Why this store cannot be used any more; null while it can. */
  get replaced(): LogReplaced | null {
    return this.#replaced;
  }

  /** @throws StoreUnavailable when it is closed, or has turned out to be another log. */
  requireOpen(): void {
    if (!this.isOpen) throw new StoreUnavailable('the event store is closed');
    if (this.#replaced) throw this.#replaced;
  }

  /** Calls the listener whenever a call failed, after which nothing that was known of the log's end need be true. */
  onTrouble(listener: () => void): void {
    this.#troubles.add(listener);
  }

  /** Calls the listener when the present connections are left for new ones: what is read over them comes no more. @returns a function that ends it. */
  onLeft(listener: () => void): () => void {
    this.#departures.add(listener);
    return () => { this.#departures.delete(listener); };
  }

  /** Tries an append until its outcome is known. @throws StoreUnavailable after `appendMs`. */
  async append<T>(attempt: (attempt: Attempt) => Promise<T>): Promise<T> {
    return this.#persist(this.#appendSlots, this.appendMs, attempt);
  }

  /** Work that `close` waits for. */
  async finishing<T>(work: () => Promise<T>): Promise<T> {
    const outcome = work();
    this.#finishing.add(outcome);
    try {
      return await outcome;
    } finally {
      this.#finishing.delete(outcome);
    }
  }

  /** Tries a read until it is answered. @throws StoreUnavailable after `readMs`. */
  async read<T>(attempt: (attempt: Attempt) => Promise<T>): Promise<T> {
    return this.#persist(this.#readSlots, this.readMs, attempt);
  }

  /** The server has answered. */
  succeeded(): void {
    this.#clients.answeredAt = performance.now();
    if (this.#downSince === null) return;
    this.#downSince = null;
    this.#notify({ what: 'STORE_REACHABLE', message: 'The event store answers again.' });
  }

  /** The server has not answered. */
  failed(error: unknown): void {
    for (const listener of this.#troubles) listener();
    if (this.#downSince !== null || !this.isOpen) return;
    this.#downSince = performance.now();
    this.#notify({ what: 'STORE_UNREACHABLE', message: `The event store does not answer; it is tried again: ${messageOf(error)}` });
  }

  /** From now on every call ends with this error. */
  replace(error: LogReplaced): void {
    if (this.#replaced) return;
    this.#replaced = error;
    this.#announceReplaced(error);
    this.#notify({ what: 'LOG_REPLACED', message: error.message });
  }

  /** Finishes the appends that are under way, ends everything else. */
  async close(): Promise<void> {
    this.#open = false;
    await Promise.allSettled(this.#finishing);
    this.#closing.abort();
    const disposed = Promise.all([this.calls.dispose(), this.subscriptions.dispose()]);
    // It waits for streams to say that they have ended, which is not worth waiting long for.
    await Promise.race([disposed, pause(LONGEST_GOODBYE_MS, undefined, { ref: false })]);
  }

  async #persist<T>(slots: Slots, totalMs: number, attempt: (attempt: Attempt) => Promise<T>): Promise<T> {
    const begunAt = performance.now();
    const giveUpAt = begunAt + totalMs;
    for (let number = 1; ; number += 1) {
      const clients = this.#clients;
      try {
        // Short at first: the server does not answer a repetition while the original is under way. Then longer, for a slow server.
        const ms = Math.max(SHORTEST_ATTEMPT_MS, Math.min(this.#attemptMs * 2 ** (number - 1), giveUpAt - performance.now()));
        const answer = await slots.run(() => attempt({ number, ms }), giveUpAt);
        this.succeeded();
        return answer;
      } catch (error) {
        if (error instanceof StoreUnavailable) throw error;
        const kind = failureKind(error);
        if (kind === 'answer') {
          this.succeeded();
          throw error;
        }
        if (kind === 'refused') throw toPortError(error);
        this.failed(error);
        if (performance.now() >= giveUpAt || this.#isDownFor(totalMs)) {
          throw new StoreUnavailable(`the event store does not answer: ${messageOf(error)}`, { cause: error });
        }
        if (number >= SILENT_ATTEMPTS && isSilence(error)) this.#leave(clients, begunAt);
        if (kind === 'leader' && number === 1) continue;
      }
      if (this.closing.aborted) throw new StoreUnavailable('the event store is closed');
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** (number - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random()));
    }
  }

  /** Then one attempt is enough for each call: somebody has waited already. */
  #isDownFor(ms: number): boolean {
    return this.#downSince !== null && performance.now() - this.#downSince >= ms;
  }

  /**
   * A connection whose packets vanish (a machine without power, a forgotten NAT entry) looks like a slow server until its
   * keep-alive gives up, 20 s later. Nothing is won by another one while the server itself does not answer.
   */
  #leave(clients: Clients, silentSince: number): void {
    if (clients !== this.#clients || clients.answeredAt === null || clients.answeredAt > silentSince || namesKeepAlive(this.options.url)) return;
    this.#clients = this.#newClients();
    this.#notify({ what: 'STORE_CONNECTION_LEFT', message: 'The event store has answered nothing over its connections; new ones are made.' });
    for (const listener of this.#departures) listener();
  }

  #newClients(): Clients {
    return { calls: this.#newClient(), subscriptions: this.#newClient(), answeredAt: null };
  }

  #newClient(): EventStoreDBClient {
    const keepAliveMs = KEEP_ALIVE_MS + (this.#clientsMade++ % KEEP_ALIVES);
    return EventStoreDBClient.connectionString(withKeepAlive(this.options.url, keepAliveMs));
  }

  #notify(notice: StoreNotice): void {
    this.options.notify?.(notice);
  }
}

const namesKeepAlive = (url: string): boolean => /[?&]keepAliveInterval=/i.test(url);

function withKeepAlive(url: string, ms: number): string {
  if (namesKeepAlive(url)) return url;
  return `${url}${url.includes('?') ? '&' : '?'}keepAliveInterval=${ms}`;
}

/** The user that the address names. */
function credentialsOf(url: string): Credentials | null {
  const [, username, password] = /^esdb(?:\+discover)?:\/\/([^:@/?]+):([^@/?]+)@/.exec(url) ?? [];
  if (username === undefined || password === undefined) return null;
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}
