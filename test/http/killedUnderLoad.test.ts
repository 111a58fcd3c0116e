import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openRawLogAt } from '../../src/composition/stores';
import { type Acknowledged, CertainWriters, LOAD_SETTINGS, type Whereabouts } from '../support/certainWriters';
import { cliProcess, type ServiceProcess, startServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';

const IS_SOAK = process.env['SOAK'] === '1';
const ROUNDS = IS_SOAK ? 300 : 10;
/** Every such round, the service is also stopped in order and started again. */
const CLEAN_EVERY = IS_SOAK ? 10 : 2;
const WRITERS = 8;
const MOST_PER_ROUND = 30;
/** Compared starts take turns on one machine. A few of them scatter more than many. */
const MOST_TIMES_CLEAN = IS_SOAK ? 1.5 : 4;
const STEADY_MS = IS_SOAK ? 600_000 : 1_500;
const SAMPLES = IS_SOAK ? 60 : 3;
const TIMEOUT_MS = IS_SOAK ? 3 * 60 * 60 * 1000 : 120_000;
const MIB = 1024 * 1024;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const least = (values: readonly number[]): number => Math.min(...values);

/** Starts the service and waits until it is ready. @returns also how long that took, in milliseconds. */
async function startReady(dataDir: string): Promise<{ readonly service: ServiceProcess; readonly ms: number }> {
  const begunAt = performance.now();
  const service = await startServiceProcess(dataDir, LOAD_SETTINGS);
  while ((await fetch(`${service.url}/health/ready`).then(async (answer) => (await answer.text()) && answer.status)) !== 200) await pause(5);
  return { service, ms: performance.now() - begunAt };
}

/** The events in the log of the kinds that the writers are acknowledged for. */
async function writtenIn(dataDir: string, types: ReadonlySet<string>): Promise<readonly Acknowledged[]> {
  const log = await openRawLogAt({ dataDir, eventStoreUrl: null });
  const found: Acknowledged[] = [];
  for await (const { type, position } of log.events()) if (types.has(type)) found.push({ type, position });
  await log.close();
  return found;
}

const asText = (list: readonly Acknowledged[]): string[] => list.map(({ type, position }) => `${position} ${type}`).sort();

describe('a service under load', () => {
  it(`that is killed ${ROUNDS} times loses and doubles nothing, is soon ready again, and leaves a log and read models that hold`, async () => {
    const directory = temporaryDirectory();
    const whereabouts: Whereabouts = { url: Promise.resolve('') };
    const writers = new CertainWriters(whereabouts);
    const times = { killed: [] as number[], clean: [] as number[] };
    let { service } = await startReady(directory.path);
    /** Ends the service and starts it again; meanwhile the writers wait. */
    const again = async (how: 'killed' | 'clean'): Promise<void> => {
      let found = (_url: string): void => undefined;
      whereabouts.url = new Promise((resolve) => (found = resolve));
      service.program.kill(how === 'killed' ? 'SIGKILL' : 'SIGTERM');
      expect(await service.program.ended).toMatchObject(how === 'killed' ? { signal: 'SIGKILL' } : { code: 0 });
      const started = await startReady(directory.path);
      times[how].push(started.ms);
      service = started.service;
      found(service.url);
    };
    whereabouts.url = Promise.resolve(service.url);
    await writers.start(WRITERS);
    for (let round = 1; round <= ROUNDS; round += 1) {
      await writers.until(1 + ((round * 7) % MOST_PER_ROUND));
      await again('killed');
      if (round % CLEAN_EVERY !== 0) continue;
      await writers.until(1);
      await again('clean');
    }
    await writers.stop();
    service.program.kill('SIGTERM');
    expect(await service.program.ended).toMatchObject({ code: 0 });
    expect(writers.unexpected).toEqual([]);
    expect(asText(await writtenIn(directory.path, new Set(writers.acknowledged.map(({ type }) => type))))).toEqual(asText(writers.acknowledged));
    const [verified, replayed] = await Promise.all([cliProcess(['verify', directory.path, '--json']).ended, cliProcess(['replay', '--json'], { DATA_DIR: directory.path }).ended]);
    expect(verified).toMatchObject({ code: 0 });
    expect(replayed).toMatchObject({ code: 0, stdout: expect.stringContaining('"equal":true') });
    expect(median(times.killed) / median(times.clean)).toBeLessThan(MOST_TIMES_CLEAN);
    directory.remove();
  }, TIMEOUT_MS);

  it('keeps its heap, its open files and its write-ahead logs as they were', async () => {
    const directory = temporaryDirectory();
    const { service } = await startReady(directory.path);
    const writers = new CertainWriters({ url: Promise.resolve(service.url) });
    await writers.start(WRITERS);
    const measured = async (): Promise<{ heap: number; files: number; wal: number }> => {
      const text = await (await fetch(`${service.url}/metrics`)).text();
      const valueOf = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
      const wal = ['events.db-wal', 'readmodels.db-wal', 'proofs.db-wal'].map((file) => statSync(join(directory.path, file), { throwIfNoEntry: false })?.size ?? 0);
      // Rosters grow by what is written, and have their own bound (test/application/handling/rosterCache).
      return { heap: valueOf('nodejs_heap_size_used_bytes') - valueOf('roster_cache_bytes'), files: valueOf('process_open_fds'), wal: Math.max(...wal) };
    };
    const samples: Awaited<ReturnType<typeof measured>>[] = [];
    await writers.until(100);
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      for (const endAt = performance.now() + STEADY_MS / SAMPLES; performance.now() < endAt;) await writers.until(1);
      samples.push(await measured());
    }
    await writers.stop();
    service.program.kill('SIGTERM');
    await service.program.ended;
    const third = Math.floor(SAMPLES / 3);
    const [before, after] = [samples.slice(0, third), samples.slice(-third)];
    // What the garbage collector leaves is the least of several samples.
    expect(least(after.map(({ heap }) => heap)) / least(before.map(({ heap }) => heap))).toBeLessThan(IS_SOAK ? 1.3 : 3);
    expect(least(after.map(({ files }) => files)) - least(before.map(({ files }) => files))).toBeLessThan(10);
    expect(Math.max(...samples.map(({ wal }) => wal))).toBeLessThan(64 * MIB);
    expect(writers.unexpected).toEqual([]);
    directory.remove();
  }, TIMEOUT_MS);
});
