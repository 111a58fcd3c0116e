/** Where a fault strikes: the next call of that kind, or the next event of a live subscription. */
export type FaultPoint = 'append' | 'read' | 'live' | 'gossip';

/**
 * The fault of one call. `hang`: no answer. `cutBefore`: the connection breaks before anything is done; `cutAfter`: when it is done, so that the answer is lost.
 * `timeoutBefore`, `timeoutAfter`: the server gives up, without or with the events written. `dropInFlight`: written, and answered with a
 * timeout late. `{ cutAfterEvents }`: the connection breaks in the middle of a read. An error is answered as it is.
 */
export type Fault = 'hang' | 'cutBefore' | 'cutAfter' | 'timeoutBefore' | 'timeoutAfter' | 'dropInFlight' | { readonly cutAfterEvents: number } | Error;

/** Faults that wait for their call, each of which takes one. */
export class FaultPlan {
  #waiting: { readonly point: FaultPoint; readonly fault: Fault }[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  inject(point: FaultPoint, fault: Fault, times = 1): void {
    for (let time = 0; time < times; time += 1) this.#waiting.push({ point, fault });
  }

  take(point: FaultPoint): Fault | null {
    const index = this.#waiting.findIndex((waiting) => waiting.point === point);
    return index < 0 ? null : (this.#waiting.splice(index, 1)[0]?.fault ?? null);
  }

  clear(): void {
    this.#waiting = [];
  }
}
