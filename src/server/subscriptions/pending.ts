/** A WebSocket that can be closed at once. */
interface Droppable {
  drop(): void;
}

/**
 * WebSockets that are open without a sign-in, in the order in which they were opened. A client signs in at once, so when there are too many, the oldest one
 * is closed rather than a new one refused: whoever opens many WebSockets and does not sign in loses them, and others behind the same address connect.
 */
export class PendingSockets {
  readonly #all = new Map<Droppable, string>();
  readonly #byNetwork = new Map<string, Set<Droppable>>();

  /** @param mostEach the most of one network. */
  constructor(private readonly mostEach: number) {}

  /** Adds a WebSocket, and closes the oldest one of its network when there are too many. @returns an idempotent function that removes it. */
  add(network: string, socket: Droppable): () => void {
    const own = this.#byNetwork.get(network) ?? new Set();
    this.#byNetwork.set(network, own.add(socket));
    this.#all.set(socket, network);
    if (own.size > this.mostEach) this.#drop(own);
    return () => { this.#remove(socket); };
  }

  /** Closes the oldest WebSocket of all. @returns false when there is none. */
  dropOldest(): boolean {
    return this.#drop(this.#all.keys());
  }

  #drop(sockets: Iterable<Droppable>): boolean {
    for (const socket of sockets) {
      this.#remove(socket);
      socket.drop();
      return true;
    }
    return false;
  }

  #remove(socket: Droppable): void {
    const network = this.#all.get(socket);
    if (network === undefined) return;
    this.#all.delete(socket);
    const own = this.#byNetwork.get(network);
    own?.delete(socket);
    if (own?.size === 0) this.#byNetwork.delete(network);
  }
}
