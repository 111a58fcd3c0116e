const WINDOW_MS = 500;
/** The least that is assumed: the clocks of the process and of its event loop are read one after the other. */
const LEAST = 0.1;

/** CPU time of this process, in milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Tells which part of the time that the event loop was busy the process had a CPU. Work is measured by a clock, which is cheaper than to ask for CPU time, and
 * goes on while other processes have the CPU.
 */
export class CpuShare {
  #share = 1;
  #cpu = cpuMs();
  #utilization = performance.eventLoopUtilization();
  #timer: NodeJS.Timeout | undefined;

  /** The part in the last half second, from 0.1 to 1. */
  get value(): number {
    return this.#share;
  }

  start(): void {
    this.#timer = setInterval(() => { this.#measure(); }, WINDOW_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #measure(): void {
    const [cpu, utilization] = [cpuMs(), performance.eventLoopUtilization()];
    const { active } = performance.eventLoopUtilization(utilization, this.#utilization);
    this.#share = Math.min(1, Math.max(LEAST, active === 0 ? 1 : (cpu - this.#cpu) / active));
    [this.#cpu, this.#utilization] = [cpu, utilization];
  }
}
