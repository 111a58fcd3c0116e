import type { ResultTable } from './resultTable';

/** What one benchmark has measured. */
export interface BenchResult {
  readonly bench: string;
  readonly tables: readonly ResultTable[];
  /** How far rounds of the same thing lay apart, as a part of their median; null when nothing was measured in rounds. */
  readonly noise: number | null;
}

/** A smaller difference between two runs says nothing on any machine. */
const LEAST_NOISE = 0.05;

/** Reads the results that `--json` has printed. @throws Error when the text is something else. */
export function parseResults(text: string): readonly BenchResult[] {
  const results: unknown = JSON.parse(text);
  if (!Array.isArray(results) || !results.every(isResult)) throw new Error('It does not hold what "npm run --silent bench -- --json" prints.');
  return results;
}

const isResult = (value: unknown): value is BenchResult =>
  typeof value === 'object' && value !== null && 'bench' in value && typeof value.bench === 'string' && 'tables' in value && Array.isArray(value.tables) && 'noise' in value;

/**
 * Compares the figures of two runs: one table for each table that both have, with the figures whose difference is larger than what the rounds of both runs lay
 * apart. Ratios can be compared between machines, rates and times cannot.
 */
export function compared(before: readonly BenchResult[], now: readonly BenchResult[]): readonly ResultTable[] {
  return now.flatMap(({ bench, tables, noise }) => {
    const earlier = before.find((one) => one.bench === bench);
    if (!earlier) return [];
    const explained = Math.max(LEAST_NOISE, noise ?? 0, earlier.noise ?? 0);
    return tables.flatMap((table) => {
      const same = earlier.tables.find(({ title }) => title === table.title);
      return same ? [differences(same, table, explained)] : [];
    });
  });
}

function differences(before: ResultTable, now: ResultTable, explained: number): ResultTable {
  const rows = now.rows.flatMap(({ name, values }) => {
    const earlier = before.rows.find((row) => row.name === name);
    return values.flatMap((value, index) => {
      const column = now.columns[index] ?? '';
      const then = earlier?.values[before.columns.indexOf(column)] ?? null;
      if (value === null || then === null || Math.abs(value / then - 1) <= explained) return [];
      return [{ name: `${name}: ${column}`, values: [then, value, value / then] }];
    });
  });
  const about = rows.length === 0 ? 'nothing differs by more than' : 'differences above';
  return { title: `${now.title}: ${about} ${(explained * 100).toFixed(0)} %, which noise explains`, columns: ['before', 'now', 'now / before'], rows };
}
