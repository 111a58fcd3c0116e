import { cpuMs } from './cpuShare';

/** Where a meter stood when it began to count. */
interface Mark {
  readonly changes: number;
  readonly turn: number;
  readonly perMeter: number;
  readonly cpu: number;
}

/**
 * Divides the CPU time of the process among the requests that are being answered. A request that is answered within one turn of the event loop, as nearly
 * all queries are, gets all of the time from its beginning to its end. Requests that take several turns share what nobody else was charged for meanwhile.
 */
export class SharedCpu {
  #open = 0;
  /** What each meter that was open all the time would have counted. */
  #perMeter = 0;
  #cpu: number;
  /** What was measured for single requests since `#cpu`. */
  #measured = 0;
  #changes = 0;
  #turn = 0;
  #hasNotedTurn = false;

  /** @param cpu returns the CPU time of the process, in milliseconds. */
  constructor(private readonly cpu: () => number = cpuMs) {
    this.#cpu = cpu();
  }

  /** Begins to count for a request. Call `end` once. */
  meter(): CpuMeter {
    return new CpuMeter(this);
  }

  /** Begins to count. */
  enter(): Mark {
    this.#share();
    this.#open += 1;
    this.#changes += 1;
    this.#noteTurn();
    return { changes: this.#changes, turn: this.#turn, perMeter: this.#perMeter, cpu: this.#cpu };
  }

  /** Ends to count. @returns the milliseconds since the mark, without the `measured` ones of the same request. */
  leave(mark: Mark, measured: number): number {
    const isAlone = mark.changes === this.#changes && mark.turn === this.#turn;
    let ms: number;
    if (isAlone) {
      const now = this.cpu();
      ms = now - mark.cpu - measured;
      [this.#cpu, this.#measured] = [now, 0];
    } else {
      this.#share();
      ms = this.#perMeter - mark.perMeter;
    }
    this.#open -= 1;
    this.#changes += 1;
    return Math.max(0, ms);
  }

  /** Takes note of time that was measured for one request alone. */
  note(ms: number): void {
    this.#measured += ms;
  }

  #share(): void {
    const now = this.cpu();
    if (this.#open > 0) this.#perMeter += Math.max(0, now - this.#cpu - this.#measured) / this.#open;
    [this.#cpu, this.#measured] = [now, 0];
  }

  #noteTurn(): void {
    if (this.#hasNotedTurn) return;
    this.#hasNotedTurn = true;
    setImmediate(() => {
      this.#turn += 1;
      this.#hasNotedTurn = false;
    });
  }
}

/** Counts the CPU time of one request that is not measured otherwise. */
export class CpuMeter {
  #mark: Mark | null;
  #measured = 0;
  #counted = 0;

  constructor(private readonly shared: SharedCpu) {
    this.#mark = shared.enter();
  }

  /** Takes note of time that was measured for this request, which is not counted again. */
  note(ms: number): void {
    this.#measured += ms;
    this.shared.note(ms);
  }

  /** Stops counting while the request waits for the work of others. @returns a function that goes on. */
  pause(): () => void {
    this.#stop();
    return () => { this.#mark ??= this.shared.enter(); };
  }

  /** Returns the milliseconds since the last call, and goes on. */
  lap(): number {
    this.#stop();
    this.#mark = this.shared.enter();
    return this.#take();
  }

  /** Ends to count. @returns the milliseconds since the last call of `lap`. */
  end(): number {
    this.#stop();
    return this.#take();
  }

  #stop(): void {
    if (this.#mark === null) return;
    this.#counted += this.shared.leave(this.#mark, this.#measured);
    this.#mark = null;
    this.#measured = 0;
  }

  #take(): number {
    const counted = this.#counted;
    this.#counted = 0;
    return counted;
  }
}
