import { createHash } from 'node:crypto';
import { Dice } from './dice';
import { quantile, type BenchOptions } from './measure';
import type { ResultTable } from './resultTable';

/** What was measured on 2 cores, as docs/performance.md says: CPU of a request in us, bytes and time of an event. */
const COSTS = { keptPage: 120, newPage: 850, change: 1_250, readModelBytes: 1_300, fillUs: 58 };
/** Of 100 requests: pages that nothing has changed, other pages, changes. */
const MIX = { keptPage: 88, newPage: 10, change: 2 };
/** What makes the sizes of all apps add up to about all events. */
const ZIPF = 0.1;
/** The share of a core that is planned for requests. The rest is for peaks and for what goes on behind. */
const PLANNED = 0.5;

const EVENTS = 1_000_000_000;
const APPS = 200_000;
/** Events of the largest apps: those of 100,000 users and some years. */
const LARGEST_APP = 1_000_000;
const SIMULATED_REQUESTS = 200_000;
const PARTS = [1, 4, 16, 64];
const SIDES = 2 ** 30;

/** How far one process reaches, and how a log of a billion events is divided by app among several: computed, and simulated, from measured costs. */
export function capacityBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  const requests = quick ? SIMULATED_REQUESTS / 10 : SIMULATED_REQUESTS;
  const rows = PARTS.map((parts) => {
    progress(`${parts} parts`);
    return { name: String(parts), values: partsOf(parts, requests) };
  });
  return Promise.resolve([
    {
      title: `One process, half of a core planned for requests`,
      columns: ['a second', 'in an hour', 'people, of whom each sends one a minute'],
      rows: [
        ...(['keptPage', 'newPage', 'change'] as const).map((kind) => rateOf(NAMES[kind], COSTS[kind])),
        rateOf(`a mix of ${MIX.keptPage}, ${MIX.newPage} and ${MIX.change} of 100`, meanCost()),
      ],
    },
    {
      title: `A log of ${EVENTS.toLocaleString('en')} events of ${APPS.toLocaleString('en')} apps, divided by app`,
      columns: ['events of the largest part', 'its read models, GB', 'filled in hours', 'load of the busiest part / mean', 'median ms', 'p99 ms'],
      rows,
    },
  ]);
}

const NAMES = { keptPage: 'pages that nothing has changed', newPage: 'other pages', change: 'changes' } as const;

const meanCost = (): number => (MIX.keptPage * COSTS.keptPage + MIX.newPage * COSTS.newPage + MIX.change * COSTS.change) / 100;

function rateOf(name: string, cost: number): { readonly name: string; readonly values: readonly number[] } {
  const rate = (PLANNED * 1_000_000) / cost;
  return { name, values: [rate, rate * 3_600, rate * 60] };
}

/** The sizes of apps follow Zipf's law, as the sizes of customers do, up to the largest. Work is in proportion to size. */
function partsOf(parts: number, requests: number): readonly number[] {
  const sizes = Array.from({ length: APPS }, (_, rank) => Math.min(LARGEST_APP, (EVENTS / (rank + 1)) * ZIPF));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const events = new Float64Array(parts);
  sizes.forEach((size, rank) => { events[partOf(rank, parts)] = (events[partOf(rank, parts)] ?? 0) + (size / all) * EVENTS; });
  const largest = Math.max(...events);
  const busier = (largest * parts) / EVENTS;
  const latencies = latenciesOf(busier, requests);
  return [largest, (largest * COSTS.readModelBytes) / 1e9, (largest * COSTS.fillUs) / 3.6e9, busier, quantile(latencies, 0.5), quantile(latencies, 0.99)];
}

/** A router sends the requests about an app to the replica that a hash of the app's id names. */
const partOf = (rank: number, parts: number): number => createHash('sha256').update(`app${rank}`).digest().readUInt32BE(0) % parts;

/** Times from arrival to answer in ms, of requests that come at random to a process which answers one at a time. @param busier its load, as a multiple of the planned one. */
function latenciesOf(busier: number, requests: number): readonly number[] {
  const dice = new Dice('requests');
  const pause = meanCost() / (PLANNED * busier);
  const latencies: number[] = [];
  let arrival = 0;
  let free = 0;
  for (let request = 0; request < requests; request += 1) {
    arrival += -Math.log(1 - dice.below(SIDES) / SIDES) * pause;
    const kind = dice.below(100);
    const cost = kind < MIX.keptPage ? COSTS.keptPage : kind < MIX.keptPage + MIX.newPage ? COSTS.newPage : COSTS.change;
    free = Math.max(free, arrival) + cost;
    latencies.push((free - arrival) / 1_000);
  }
  return latencies;
}
