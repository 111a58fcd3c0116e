import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a benchmark is to be run. */
export interface BenchOptions {
  /** Fewer events, fewer users, shorter rounds: to see that everything works, and for orders of magnitude. */
  readonly quick: boolean;
  /** Says what is being done; nothing of it belongs to the results. */
  readonly progress: (text: string) => void;
}

/** One of the things that are compared in a round. */
export interface Alternative<T> {
  readonly name: string;
  readonly run: () => Promise<T>;
}

/** How far the rounds of each alternative lay apart, as a part of their median, since the start of the program. */
const spreads: number[] = [];

/** The median of how far rounds lay apart, as a part of their median, since the last call. NaN when nothing was measured in rounds. */
export function takeNoise(): number {
  return median(spreads.splice(0));
}

/** Every alternative is measured so often; what counts is the median. */
export const ROUNDS = 3;

/**
 * Runs all alternatives one after the other, and all of them again, so that what else the machine does falls on each of them alike.
 * @returns the results of each alternative by its name, one for each round.
 */
export async function interleaved<T>(alternatives: readonly Alternative<T>[], rounds: number, progress: (text: string) => void): Promise<ReadonlyMap<string, readonly T[]>> {
  const results = new Map<string, T[]>(alternatives.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, run } of alternatives) {
      progress(`round ${round} of ${rounds}: ${name}`);
      results.get(name)?.push(await run());
    }
  }
  for (const rounds of results.values()) spreads.push(...spreadOf(rounds.map(figureOf)));
  return results;
}

/** What the rounds of an alternative are compared by: the result itself, or its rate. */
function figureOf(result: unknown): number {
  if (typeof result === 'number') return result;
  return typeof result === 'object' && result !== null && 'requestsPerSecond' in result ? Number(result.requestsPerSecond) : NaN;
}

function spreadOf(figures: readonly number[]): readonly number[] {
  const spread = (Math.max(...figures) - Math.min(...figures)) / median(figures);
  return figures.length > 1 && Number.isFinite(spread) ? [spread] : [];
}

/** The medians of numbers that `interleaved` gave, by name. */
export const medians = (results: ReadonlyMap<string, readonly number[]>): ReadonlyMap<string, number> =>
  new Map([...results].map(([name, values]) => [name, median(values)]));

/** The value in the middle; of an even number of values, the greater of the two. NaN when there are none. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The value that this part of the values (0 to 1) does not exceed. NaN when there are none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

/** Milliseconds since some moment, to a thousandth or finer. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** How many a second, when `count` of them took as long as `work`. */
export async function perSecond(count: number, work: () => Promise<void> | void): Promise<number> {
  const start = nowMs();
  await work();
  return (count * 1000) / (nowMs() - start);
}

/** How long some work took, and the CPU time of this process meanwhile, in ms. */
export interface Spent {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Measures the time and the CPU time of `work`. CPU time depends less on what else the machine does. */
export async function cpuOf(work: () => Promise<void> | void): Promise<Spent> {
  const [start, cpu] = [nowMs(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: nowMs() - start, cpuMs: (user + system) / 1000 };
}

/** Runs `work` with a new directory in the system's place for temporary files (`TMPDIR`), and removes the directory. */
export async function withDirectory<T>(work: (directory: string) => Promise<T> | T): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'partner-access-bench-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
