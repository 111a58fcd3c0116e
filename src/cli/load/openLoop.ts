import { setTimeout as pause } from 'node:timers/promises';

export interface OpenLoop {
  /** Requests per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Ends the loop early. */
  readonly signal: AbortSignal;
  /** Starts one request. It must not throw. @param intendedAt when the request was due, as `performance.now()` counts. */
  readonly start: (intendedAt: number) => void;
}

/**
 * Starts requests by the clock, whether or not earlier ones have been answered, as independent people do. After a delay of this process, the
 * requests that became due meanwhile start at once, each with the time at which it was due.
 */
export async function openLoop({ rate, seconds, signal, start }: OpenLoop): Promise<void> {
  const total = Math.round(rate * seconds);
  const msBetween = 1_000 / rate;
  const begunAt = performance.now();
  for (let next = 0; next < total && !signal.aborted;) {
    const due = begunAt + next * msBetween;
    const early = due - performance.now();
    if (early > 0) {
      await pause(early, undefined, { signal }).catch(() => undefined);
      continue;
    }
    start(due);
    next += 1;
  }
}
