import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf, WIDE_MULTIPLE, wideNetworkOf } from '../limits';

interface ConnectionsOptions {
  /** Connections at a time; 0 means any number. */
  readonly most: number;
  /** Connections at a time from one address; four times as many from one /48 network of IPv6. 0 means any number. */
  readonly mostPerAddress: number;
  /** Whether a connection from an address carries the requests of many clients. It then counts for no address. */
  readonly isProxy: (address: string) => boolean;
  readonly report: ConnectionReport | undefined;
}

/** What is told of connections. */
export interface ConnectionReport {
  /** A connection was opened. @returns a function to call when it is closed. */
  connectionOpened(): () => void;
  connectionRefused(): void;
}

/** What a connection that is refused is sent. It is not read. */
const REFUSAL = 'HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\ncontent-length: 0\r\n\r\n';
/** Above this part of all connections, those are closed on which no request is under way. */
const CROWDED = 0.9;
const CLOSE_IDLE_MS = 1_000;

/** The open connections: HTTP, WebSockets and event streams. Whoever comes beyond the bound is refused before anything is read. */
export class Connections {
  readonly #byNetwork = new Map<string, number>();
  readonly #counted = new WeakSet<Socket>();
  #open = 0;
  #accepted = 0;
  #closedIdleAt = -CLOSE_IDLE_MS;

  constructor(private readonly options: ConnectionsOptions) {}

  /** The connections that were accepted since the start, those that were refused then included. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Puts the bound before everything else that the server does with a connection. */
  guard(server: Server): void {
    const accepting = server.listeners('connection');
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      // A connection that is given back after an upgrade request comes here again.
      if (!this.#counted.has(socket) && !this.#take(socket, server)) return;
      for (const accept of accepting) Reflect.apply(accept, server, [socket]);
    });
  }

  #take(socket: Socket, server: Server): boolean {
    const { most, isProxy, report } = this.options;
    this.#accepted += 1;
    const { remoteAddress } = socket;
    const shares = isProxy(remoteAddress ?? '') ? [] : this.#sharesOf(remoteAddress);
    if ((most > 0 && this.#open >= most) || shares.some(([network, share]) => (this.#byNetwork.get(network) ?? 0) >= share)) {
      report?.connectionRefused();
      socket.on('error', () => undefined);
      socket.end(REFUSAL, () => { socket.destroy(); });
      return false;
    }
    this.#counted.add(socket);
    this.#open += 1;
    for (const [network] of shares) this.#byNetwork.set(network, (this.#byNetwork.get(network) ?? 0) + 1);
    const closed = report?.connectionOpened();
    socket.once('close', () => {
      this.#open -= 1;
      closed?.();
      for (const [network] of shares) this.#leave(network);
    });
    if (most > 0 && this.#open > most * CROWDED) this.#closeIdle(server);
    return true;
  }

  /** The networks that a connection counts for, each with the most that it may have. */
  #sharesOf(address: string | undefined): readonly (readonly [network: string, most: number])[] {
    const { mostPerAddress } = this.options;
    if (mostPerAddress === 0) return [];
    const wide = wideNetworkOf(address);
    return [[networkOf(address), mostPerAddress], ...(wide === null ? [] : [[wide, mostPerAddress * WIDE_MULTIPLE] as const])];
  }

  #leave(network: string): void {
    const left = (this.#byNetwork.get(network) ?? 1) - 1;
    if (left === 0) this.#byNetwork.delete(network);
    else this.#byNetwork.set(network, left);
  }

  #closeIdle(server: Server): void {
    const now = performance.now();
    if (now - this.#closedIdleAt < CLOSE_IDLE_MS) return;
    this.#closedIdleAt = now;
    server.closeIdleConnections();
  }
}
