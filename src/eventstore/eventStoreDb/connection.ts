import { Emitter, Semaphore } from '../../concurrency';
import { type StoreProblem, StoreUnavailable } from '../eventStore';
import { type Credentials, EventStoreDBClient } from '@eventstore/db-client';
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { accessProblem, failureKind, isSilence, type LogReplaced, messageOf, toPortError } from './failures';

/** A change of the connection's state, for the log of the service. */
export interface StoreNotice {
  readonly what: 'STORE_UNREACHABLE' | 'STORE_REACHABLE' | 'STORE_CONNECTION_LEFT' | 'LOG_REPLACED' | 'ACCESS_DENIED';
  readonly message: string;
}

export interface EventStoreDbOptions {
  /** Address, `esdb://…` or `esdb+discover://…`. It may hold a user and a password. */
  readonly url: string;
  readonly notify?: (notice: StoreNotice) => void;
  /** How long an append is retried, in milliseconds. Default: 10 s. Then it fails with StoreUnavailable. */
  readonly appendMs?: number;
  /** How long reading a page is retried, in milliseconds. Default: 5 s. Then it fails with StoreUnavailable. */
  readonly readMs?: number;
  /** Timeout of a first attempt, and of a read that receives nothing, in milliseconds. Default: 1 s. */
  readonly attemptMs?: number;
  /** How long calls fail before the server counts as away, in milliseconds. Default: 1 s. Shorter interruptions are repaired by retries, and not reported. */
  readonly awayAfterMs?: number;
}

/** Placeholder credentials, which are not sent without TLS. With credentials each append is a separate call, with its own deadline and failure. */
const NO_CREDENTIALS: Credentials = { username: 'none', password: 'none' };

/** The server accepts 100 concurrent calls per connection and queues further ones silently. Calls beyond these limits wait here instead. */
const APPENDS_AT_ONCE = 64;
const READS_AT_ONCE = 32;
/** One more caller that waits for an append or a read is refused. */
const MAX_WAITING = 10_000;

const tooBusy = (): StoreUnavailable => new StoreUnavailable('the event store is too busy; send the same again');

/** Keep-alive interval of the first client, in milliseconds. Clients with different intervals do not share a connection. */
const KEEP_ALIVE_MS = 10_000;
const KEEP_ALIVES = 1_000;

/** After this many silent attempts in a row the connection is considered dead, long before its keep-alive fails. */
const SILENT_ATTEMPTS = 2;

const LONGEST_GOODBYE_MS = 1_000;
const SHORTEST_ATTEMPT_MS = 100;
const AWAY_AFTER_MS = 1_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/** One attempt at a call. */
export interface Attempt {
  /** Number of the attempt, from 1. */
  readonly number: number;
  /** Timeout in milliseconds. */
  readonly ms: number;
}

/** Two clients with a connection each, so that a slowly read subscription does not delay calls. */
interface Clients {
  readonly calls: EventStoreDBClient;
  readonly subscriptions: EventStoreDBClient;
  /** Time of the last answer to either client, null before the first one. */
  answeredAt: number | null;
}

/** The clients of one server or cluster, with retries and the state of the connection. */
export class EventStoreDbConnection {
  readonly credentials: Credentials;
  readonly appendMs: number;
  readonly readMs: number;
  readonly #attemptMs: number;
  readonly #appends = new Semaphore(APPENDS_AT_ONCE, MAX_WAITING, tooBusy);
  readonly #reads = new Semaphore(READS_AT_ONCE, MAX_WAITING, tooBusy);
  readonly #closing = new AbortController();
  readonly #finishing = new Set<Promise<unknown>>();
  readonly #events = new Emitter<void>();
  #clients: Clients;
  #clientCount = 0;
  #open = true;
  #downSince: number | null = null;
  #away = false;
  #awayTimer: NodeJS.Timeout | undefined;
  #denied: StoreProblem | null = null;
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
    // Each read and each subscription adds a listener.
    setMaxListeners(0, this.#closing.signal);
  }

  get calls(): EventStoreDBClient {
    return this.#clients.calls;
  }

  get subscriptions(): EventStoreDBClient {
    return this.#clients.subscriptions;
  }

  /** Aborts when the store has been closed and its appends have finished. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** True when calls have failed for `awayAfterMs` and none has succeeded since. */
  get isAway(): boolean {
    return this.#away;
  }

  /** Why the server refuses this service, null while it does not. */
  get denied(): StoreProblem | null {
    return this.#denied;
  }

  /** The reason why this store can no longer be used, null while it can. */
  get replaced(): LogReplaced | null {
    return this.#replaced;
  }

  /** @throws StoreUnavailable when the store is closed, or turned out to be another log. */
  requireOpen(): void {
    if (!this.isOpen) throw new StoreUnavailable('the event store is closed');
    if (this.#replaced) throw this.#replaced;
  }

  /** Calls the listener whenever a call has failed. What was known about the end of the log may then be outdated. */
  onTrouble(listener: () => void): void {
    this.#events.on('trouble', listener);
  }

  /** Calls the listener when the current connections are replaced by new ones, so that reads over them end. Returns a function that removes the listener. */
  onLeft(listener: () => void): () => void {
    return this.#events.on('left', listener);
  }

  /** Calls the listener when the server becomes away. Returns a function that removes the listener. */
  onAway(listener: () => void): () => void {
    return this.#events.on('away', listener);
  }

  /** Retries an append until its outcome is known. @throws StoreUnavailable after `appendMs`. */
  async append<T>(attempt: (attempt: Attempt) => Promise<T>): Promise<T> {
    return this.#persist(this.#appends, this.appendMs, attempt);
  }

  /** Runs work that `close` waits for. */
  async finishing<T>(work: () => Promise<T>): Promise<T> {
    const outcome = work();
    this.#finishing.add(outcome);
    try {
      return await outcome;
    } finally {
      this.#finishing.delete(outcome);
    }
  }

  /** Retries a read until it is answered. @throws StoreUnavailable after `readMs`. */
  async read<T>(attempt: (attempt: Attempt) => Promise<T>): Promise<T> {
    return this.#persist(this.#reads, this.readMs, attempt);
  }

  /** Notes that the server has answered. */
  succeeded(): void {
    this.#clients.answeredAt = performance.now();
    if (this.#denied) {
      this.#denied = null;
      this.#notify({ what: 'STORE_REACHABLE', message: 'The event store accepts this service again.' });
    }
    if (this.#downSince === null) return;
    this.#downSince = null;
    clearTimeout(this.#awayTimer);
    if (!this.#away) return;
    this.#away = false;
    this.#notify({ what: 'STORE_REACHABLE', message: 'The event store answers again.' });
  }

  /** Notes that the server has not answered. */
  failed(error: unknown): void {
    this.#events.emit('trouble');
    if (this.#downSince !== null || !this.isOpen) return;
    this.#downSince = performance.now();
    this.#awayTimer = setTimeout(() => { this.#becomeAway(error); }, this.options.awayAfterMs ?? AWAY_AFTER_MS).unref();
  }

  /** Notes that the server refuses a call of this service. @returns the error of the port. */
  refusedBy(error: unknown): unknown {
    const denied = accessProblem(error);
    if (denied && this.#denied?.message !== denied.message) {
      this.#denied = denied;
      this.#notify(denied);
    }
    return denied ? new StoreUnavailable(denied.message, { cause: error, problem: denied }) : toPortError(error);
  }

  #becomeAway(error: unknown): void {
    if (!this.isOpen) return;
    this.#away = true;
    this.#notify({ what: 'STORE_UNREACHABLE', message: `The event store does not answer; the service keeps trying: ${messageOf(error)}` });
    this.#events.emit('away');
  }

  /** Lets every further call fail with this error. */
  replace(error: LogReplaced): void {
    if (this.#replaced) return;
    this.#replaced = error;
    this.#announceReplaced(error);
    this.#notify({ what: 'LOG_REPLACED', message: error.message });
  }

  /** Waits for running appends and ends everything else. */
  async close(): Promise<void> {
    this.#open = false;
    clearTimeout(this.#awayTimer);
    await Promise.allSettled(this.#finishing);
    this.#closing.abort();
    const disposed = Promise.all([this.calls.dispose(), this.subscriptions.dispose()]);
    // `dispose` waits for streams to end, which may take long. The timer keeps the process, so that it ends with what follows and not here.
    const disposing = new AbortController();
    await Promise.race([disposed, pause(LONGEST_GOODBYE_MS, undefined, { signal: disposing.signal })]);
    disposing.abort();
  }

  async #persist<T>(slots: Semaphore, totalMs: number, attempt: (attempt: Attempt) => Promise<T>): Promise<T> {
    const begunAt = performance.now();
    const giveUpAt = begunAt + totalMs;
    for (let number = 1; ; number += 1) {
      const clients = this.#clients;
      try {
        // Short at first, because the server does not answer a repeated append while the first is still running. Then longer, for a slow server.
        const ms = Math.max(SHORTEST_ATTEMPT_MS, Math.min(this.#attemptMs * 2 ** (number - 1), giveUpAt - performance.now()));
        const answer = await slots.run(() => attempt({ number, ms }), giveUpAt - performance.now());
        this.succeeded();
        return answer;
      } catch (error) {
        if (error instanceof StoreUnavailable) throw error;
        const kind = failureKind(error);
        if (kind === 'answer') {
          this.succeeded();
          throw error;
        }
        if (kind === 'refused') throw this.refusedBy(error);
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

  /** True when the server has been down that long. Then each call makes one attempt only, because earlier calls have already waited. */
  #isDownFor(ms: number): boolean {
    return this.#downSince !== null && performance.now() - this.#downSince >= ms;
  }

  /**
   * Replaces connections that are probably dead. A connection whose packets are lost (a machine without power, an expired
   * NAT entry) looks like a slow server until its keep-alive fails 20 s later. A new connection does not help while the
   * server itself does not answer.
   */
  #leave(clients: Clients, silentSince: number): void {
    if (clients !== this.#clients || clients.answeredAt === null || clients.answeredAt > silentSince || namesKeepAlive(this.options.url)) return;
    this.#clients = this.#newClients();
    this.#notify({ what: 'STORE_CONNECTION_LEFT', message: 'The event store has not answered over its connections; the service opens new ones.' });
    this.#events.emit('left');
  }

  #newClients(): Clients {
    return { calls: this.#newClient(), subscriptions: this.#newClient(), answeredAt: null };
  }

  #newClient(): EventStoreDBClient {
    const keepAliveMs = KEEP_ALIVE_MS + (this.#clientCount++ % KEEP_ALIVES);
    return guarded(EventStoreDBClient.connectionString(withKeepAlive(this.options.url, keepAliveMs)));
  }

  #notify(notice: StoreNotice): void {
    this.options.notify?.(notice);
  }
}

/**
 * The client calls `handleError` without awaiting it. When a discovery fails meanwhile, its error would reject into nothing and end the process;
 * the calls that waited for the discovery report it themselves.
 */
function guarded(client: EventStoreDBClient): EventStoreDBClient {
  const handle: unknown = Reflect.get(client, 'handleError');
  if (typeof handle !== 'function') throw new TypeError('The client of EventStoreDB has no handleError. Check how this version reconnects.');
  Reflect.set(client, 'handleError', async (...given: readonly unknown[]): Promise<void> => {
    try {
      await Reflect.apply(handle, client, given);
    } catch {
      // Reported by the calls.
    }
  });
  return client;
}

const namesKeepAlive = (url: string): boolean => /[?&]keepAliveInterval=/i.test(url);

function withKeepAlive(url: string, ms: number): string {
  if (namesKeepAlive(url)) return url;
  return `${url}${url.includes('?') ? '&' : '?'}keepAliveInterval=${ms}`;
}

/** The credentials in the address, null when it has none. */
function credentialsOf(url: string): Credentials | null {
  const [, username, password] = /^esdb(?:\+discover)?:\/\/([^:@/?]+):([^@/?]+)@/.exec(url) ?? [];
  if (username === undefined || password === undefined) return null;
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}
