import type { Clock } from '../../src/application/commandTypes';

/** A clock that stands until it is set: for what happens at one moment exactly. */
export class StandingClock implements Clock {
  constructor(private at: string) {}

  now(): string {
    return this.at;
  }

  set(at: string): void {
    this.at = at;
  }

  /** Sets it that many milliseconds before or after the moment. */
  setTo(moment: string, milliseconds: number): void {
    this.at = new Date(Date.parse(moment) + milliseconds).toISOString();
  }
}
