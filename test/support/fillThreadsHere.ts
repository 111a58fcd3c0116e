import { openNames } from '../../src/composition/stores';
import { parseConfig } from '../../src/config';
import { openLogToRead } from '../../src/eventstore/open';
import { filledBehind, filledBeside, liveProjections } from '../../src/projections/allProjections';
import { copyTables, fillPart, type FillThreads, type PartToFill } from '../../src/projections/engine/fillReadModels';

/** Does the work of the threads that fill read models in this one, for logs of any length, once the gate is open. */
export class FillThreadsHere implements FillThreads {
  readonly beside = filledBeside;
  readonly behind = filledBehind;
  readonly isParallel = false;
  readonly failures: unknown[] = [];
  /** Position up to which the threads say that they have read. */
  position = '';
  /** Names of the projections of each part that was begun. */
  readonly begun: (readonly string[])[] = [];
  /** Calls of `stop`. */
  stops = 0;
  #open: () => void = () => undefined;
  #gate: Promise<void> = Promise.resolve();

  /** @param dataDir of the log, which exists when the first part is begun. */
  constructor(private readonly dataDir: () => string) {}

  /** Lets parts that are begun from now on wait until `open`. */
  close(): void {
    this.#gate = new Promise((resolve) => { this.#open = resolve; });
  }

  open(): void {
    this.#open();
  }

  readonly pays = (): boolean => true;

  readonly failed = (error: unknown): void => { this.failures.push(error); };

  readonly start: FillThreads['start'] = (part) => {
    this.begun.push(part.names);
    const position = (): string => this.position;
    let stopped: (error: Error) => void = () => undefined;
    const ended = new Promise<never>((_, reject) => { stopped = reject; });
    ended.catch(() => undefined);
    return {
      filled: Promise.race([this.#gate.then(() => this.fill(part)), ended]),
      get position() { return position(); },
      copy: async (from, into) => {
        await Promise.resolve();
        copyTables(from, into);
      },
      stop: async () => {
        this.stops += 1;
        stopped(new Error('The thread was stopped.'));
        await Promise.resolve();
      },
    };
  };

  /** Fills a part, as a thread does. */
  async fill(part: PartToFill): Promise<void> {
    const config = parseConfig({ DATA_DIR: this.dataDir(), AUTH_JWT_SECRET: 'a secret of more than thirty-two characters' });
    const log = await openLogToRead(config);
    const store = await openNames(log.store, config);
    await fillPart(store, liveProjections, part);
    await store.close();
    await log.store.close();
  }
}
