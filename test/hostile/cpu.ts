/** Milliseconds of CPU time that this process needs for the work. */
export async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/**
 * Does several kinds of work in turns, so that each round measures all of them under the same conditions.
 * @returns the least CPU time of each, in milliseconds: whatever else happens meanwhile, such as collecting garbage, only adds to it.
 */
export async function inTurns<Name extends string>(rounds: number, works: Readonly<Record<Name, (round: number) => Promise<unknown>>>): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(works) as Name[];
  const measured = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) measured.get(name)?.push(await cpuOf(() => works[name](round)));
  }
  return Object.fromEntries(names.map((name) => [name, Math.min(...(measured.get(name) ?? []))])) as Readonly<Record<Name, number>>;
}
