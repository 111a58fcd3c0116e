import { distanceOf, type LogPosition } from '../eventstore/eventStore';

/** Between two lines about the same reading, in milliseconds. */
const TELL_MS = 5_000;

const toStandardError = (line: string): void => { process.stderr.write(line); };

/** Tells, every five seconds, how far the reading of a log is and about how long the rest takes. A short log is read before the first line. */
export class ReadingProgress {
  readonly #begunAt: number;
  #toldAt: number;

  /**
   * @param what names what is being done.
   * @param write writes a line, to standard error when absent.
   * @param now the time in milliseconds.
   */
  constructor(
    private readonly what: string,
    private readonly write: (line: string) => void = toStandardError,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#begunAt = this.#toldAt = now();
  }

  /** @param part how much has been read, from 0 to 1; null when the end is not known. */
  at(events: number, part: number | null): void {
    const now = this.now();
    if (now < this.#toldAt + TELL_MS) return;
    this.#toldAt = now;
    const left = part === null || part <= 0 ? '' : `, ${Math.floor(Math.min(part, 1) * 100)} %, about ${durationOf(((now - this.#begunAt) * (1 - Math.min(part, 1))) / part)} left`;
    this.write(`${this.what}: ${events.toLocaleString('en')} events${left}\n`);
  }
}

/** Passes events on, and tells how far they are. @param end position of the last one. */
export async function* withProgress<T extends { readonly position: LogPosition }>(what: string, events: AsyncIterable<T>, end: LogPosition): AsyncGenerator<T, void, undefined> {
  const progress = new ReadingProgress(what);
  const last = distanceOf(end);
  let count = 0;
  for await (const event of events) {
    yield event;
    count += 1;
    if (count % EVENTS_A_LOOK === 0) progress.at(count, last === 0 ? null : distanceOf(event.position) / last);
  }
}

/** The clock is read after so many events. */
const EVENTS_A_LOOK = 256;

function durationOf(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
