import { EmbeddedEventStore } from '../src/eventstore/embedded/store';
import { AppLife, type PlannedAppend } from './appLife';

/** So many appends are handed to the store at once, and share its transactions. */
const APPENDS_AT_ONCE = 1_000;
/** Of a generated log. */
export const EVENTS_OF_AN_APP = 1_000;
/** So many apps live at the same time, their events mixed in the log. */
const APPS_AT_ONCE = 100;
/** When the first thing happens in each app, in ms since 1970. */
export const LOG_BEGIN = Date.UTC(2022, 0, 1);
const MINUTES_BETWEEN_STEPS = 120;

/** Collects appends and hands them to the store in order, many at once. */
export class LogWriter {
  #planned: PlannedAppend[] = [];
  #written = 0;

  constructor(private readonly store: EmbeddedEventStore) {}

  /** Events so far, those that wait included. */
  get events(): number {
    return this.#written;
  }

  async add(appends: readonly PlannedAppend[]): Promise<void> {
    for (const append of appends) {
      this.#planned.push(append);
      this.#written += append.events.length;
    }
    if (this.#planned.length >= APPENDS_AT_ONCE) await this.flush();
  }

  async flush(): Promise<void> {
    const planned = this.#planned;
    this.#planned = [];
    await Promise.all(planned.map(({ stream, events, expectedRevision }) => this.store.append(stream, events, expectedRevision)));
  }
}

/**
 * Fills an empty directory with a log of that many events, or one more: apps of 1,000 events, a hundred of them at a time.
 * @param answered whether all invitations are answered in the end, so that a service that opens the log has nothing to expire or to send; some hundred events more for each hundred apps.
 * @returns how many there are.
 */
export async function generateLog(directory: string, eventCount: number, progress: (text: string) => void, { answered = false }: { readonly answered?: boolean } = {}): Promise<number> {
  const store = EmbeddedEventStore.open(directory);
  try {
    const writer = new LogWriter(store);
    const apps = Math.ceil(eventCount / EVENTS_OF_AN_APP);
    for (let from = 0; from < apps; from += APPS_AT_ONCE) {
      progress(`making a log of ${eventCount.toLocaleString('en')} events: ${writer.events.toLocaleString('en')} so far`);
      const until = Math.min(apps, from + APPS_AT_ONCE);
      const lives = await liveTogether(writer, from, until, Math.min(eventCount, until * EVENTS_OF_AN_APP));
      if (answered) for (const life of lives) while (life.isAwaited) await writer.add(life.answer());
    }
    await writer.flush();
    return writer.events;
  } finally {
    await store.close();
  }
}

/** Takes turns among the apps with these numbers until the log has that many events. */
async function liveTogether(writer: LogWriter, from: number, until: number, events: number): Promise<readonly AppLife[]> {
  const lives = Array.from({ length: until - from }, (_, index) => new AppLife(`app${from + index}`, { begin: LOG_BEGIN, minutesBetweenSteps: MINUTES_BETWEEN_STEPS }));
  for (const life of lives) await writer.add(life.register());
  while (writer.events < events) {
    for (const life of lives) if (writer.events < events) await writer.add(life.step());
  }
  return lives;
}
