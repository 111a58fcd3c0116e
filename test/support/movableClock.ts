import type { Clock } from '../../src/application/commandTypes';

/** The system's clock, which a test can set forward. */
export class MovableClock implements Clock {
  #aheadMs = 0;

  now(): string {
    return new Date(Date.now() + this.#aheadMs).toISOString();
  }

  /** Lets that much time pass at once. */
  pass(milliseconds: number): void {
    this.#aheadMs += milliseconds;
  }
}

export const DAY_MS = 24 * 60 * 60 * 1000;
