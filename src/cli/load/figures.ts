import { build, type Histogram } from 'hdr-histogram-js';

/** What became of one request. `declined`: a rule refused it, as data. `refused`: 429 or 503. */
export type Outcome = 'done' | 'declined' | 'refused' | 'failed';

/** What became of the requests of one kind. Latencies are those of requests that were done or declined, in milliseconds. */
export interface Figures {
  readonly operation: string;
  readonly sent: number;
  readonly done: number;
  readonly declined: number;
  readonly refused: number;
  readonly failed: number;
  readonly latencyMs: { readonly p50: number; readonly p90: number; readonly p99: number; readonly p999: number; readonly max: number };
}

const MICROSECONDS = 1_000;
const LONGEST_MICROSECONDS = 3_600_000_000;
export const TOTAL = 'all';

/** Counts what became of requests, and keeps their latencies in histograms of bounded size, exact to three digits. */
export class LoadFigures {
  readonly #operations = new Map<string, { readonly counts: Record<Outcome, number>; readonly histogram: Histogram }>();
  /** Why the first request failed, null while none has. */
  firstFailure: string | null = null;

  constructor(operations: readonly string[]) {
    for (const operation of [...operations, TOTAL]) {
      const histogram = build({ useWebAssembly: false, lowestDiscernibleValue: 1, highestTrackableValue: LONGEST_MICROSECONDS, numberOfSignificantValueDigits: 3 });
      this.#operations.set(operation, { counts: { done: 0, declined: 0, refused: 0, failed: 0 }, histogram });
    }
  }

  /** Counts one request. @param latencyMs time from the moment at which the request was due to its answer. */
  note(operation: string, outcome: Outcome, latencyMs: number): void {
    for (const name of [operation, TOTAL]) {
      const kept = this.#operations.get(name);
      if (!kept) throw new Error(`There is no operation ${name}.`);
      kept.counts[outcome] += 1;
      if (outcome === 'done' || outcome === 'declined') kept.histogram.recordValue(Math.min(LONGEST_MICROSECONDS, Math.max(1, Math.round(latencyMs * MICROSECONDS))));
    }
  }

  /** The figures of every operation in their order, and of all together at the end. */
  read(): readonly Figures[] {
    return [...this.#operations.keys()].map((operation) => this.of(operation));
  }

  /** The figures of one operation. @throws Error when there is none of this name. */
  of(operation: string): Figures {
    const kept = this.#operations.get(operation);
    if (!kept) throw new Error(`There is no operation ${operation}.`);
    const { counts, histogram } = kept;
    // The histogram rounds a percentile up to its precision, which may be more than the greatest value.
    const at = (percentile: number): number => Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue) / MICROSECONDS;
    const latencyMs = { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: histogram.maxValue / MICROSECONDS };
    return { operation, sent: counts.done + counts.declined + counts.refused + counts.failed, ...counts, latencyMs };
  }
}

const COLUMNS = ['operation', 'sent', 'done', 'declined', 'refused', 'failed', 'p50 ms', 'p90 ms', 'p99 ms', 'p99.9 ms', 'max ms'];

/** The figures as a table of text. */
export function tableOf(figures: readonly Figures[]): string {
  const rows = figures.map(({ operation, sent, done, declined, refused, failed, latencyMs }) =>
    [operation, ...[sent, done, declined, refused, failed].map(String), ...Object.values(latencyMs).map((ms) => ms.toFixed(1))]);
  const widths = COLUMNS.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join('  ');
  return `${[COLUMNS, ...rows].map(line).join('\n')}\n`;
}
