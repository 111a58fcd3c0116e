import type { Logger } from 'pino';
import type { StoreProblem } from '../eventstore/eventStore';

/** Files that this process writes. */
interface WrittenFiles {
  readonly problem: StoreProblem | null;
  probe(): void;
}

/** Probes files and logs once what is wrong with them, and once that they can be written again. */
export class WriteWatch {
  #told: string | null = null;

  constructor(
    private readonly files: readonly WrittenFiles[],
    private readonly logger: Logger,
  ) {}

  /** Probes every file. */
  check(): Promise<void> {
    for (const file of this.files) file.probe();
    const problem = this.files.map((file) => file.problem).find((one) => one !== null) ?? null;
    const message = problem?.message ?? null;
    if (message !== this.#told) {
      if (problem === null) this.logger.info('The event store can be written again.');
      else this.logger.error(problem, 'Nothing can be written, and the service is not ready');
      this.#told = message;
    }
    return Promise.resolve();
  }
}
