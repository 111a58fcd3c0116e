import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { appendBench } from './appendBench';
import { auditorBench } from './auditorBench';
import { bigAppBench } from './bigAppBench';
import { type BenchResult, compared, parseResults } from './compare';
import { capacityBench } from './capacityBench';
import { consoleBench } from './consoleBench';
import { historyBench } from './historyBench';
import { eventStoreDbBench } from './eventStoreDbBench';
import { type BenchOptions, takeNoise } from './measure';
import { pagingBench } from './pagingBench';
import { peersBench } from './peersBench';
import { queryBench } from './queryBench';
import { replayBench } from './replayBench';
import { replicasBench } from './replicasBench';
import { rosterBench } from './rosterBench';
import { subscriptionBench } from './subscriptionBench';
import { markdownOf, type ResultTable } from './resultTable';

interface Bench {
  readonly name: string;
  readonly about: string;
  readonly run: (options: BenchOptions) => Promise<readonly ResultTable[]>;
}

const BENCHES: readonly Bench[] = [
  { name: 'append', about: 'durable appends to the embedded event store', run: appendBench },
  { name: 'replay', about: 'reading the log, and filling the read models from it', run: replayBench },
  { name: 'query', about: 'queries and mutations over HTTP', run: queryBench },
  { name: 'paging', about: 'pages of a long user list, at any depth', run: pagingBench },
  { name: 'roster', about: 'commands on a small app and on a large one, and the first after a start', run: rosterBench },
  { name: 'bigapp', about: 'reads of a large app beside those of a small one', run: bigAppBench },
  { name: 'history', about: 'the past and the history, in a short log and in a long one', run: historyBench },
  { name: 'auditor', about: 'the fifteen questions of docs/auditing.md over HTTP, and the files', run: auditorBench },
  { name: 'live', about: 'writes beside 1,000 WebSockets and 1,000 event streams', run: subscriptionBench },
  { name: 'console', about: 'the list of users in a browser, of a small app and of large ones', run: consoleBench },
  { name: 'peers', about: 'a page of users and invitations, beside other servers (npm install --prefix bench/peers)', run: peersBench },
  { name: 'capacity', about: 'how far one process reaches, and a log of a billion events: computed and simulated from measured costs', run: capacityBench },
  { name: 'replicas', about: 'what a change costs each of three replicas on EventStoreDB', run: replicasBench },
  { name: 'esdb', about: 'EventStoreDB through the adapter, beside its bare client', run: eventStoreDbBench },
];

const USAGE = [
  'npm run bench [-- [NAME ...] [--quick] [--json] [--compare FILE]]',
  '',
  ...BENCHES.map(({ name, about }) => `  ${name.padEnd(8)} ${about}`),
  '',
  '  --quick  fewer events and users, shorter rounds',
  '  --json   results as JSON',
  '  --compare FILE  also prints what differs from the results in FILE, which --json has printed before',
  '',
  'Without a name all of them run. Results go to standard output, progress to standard error.',
  '',
].join('\n');

/** Runs the benchmarks that are named. Exit code 2 for a name or option that does not exist. */
async function main(): Promise<void> {
  const { values, positionals } = parseOrExit();
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const unknown = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown.length > 0) exitWithUsage(`There is no benchmark ${unknown.join(', ')}.`);
  const chosen = positionals.length === 0 ? BENCHES : BENCHES.filter(({ name }) => positionals.includes(name));
  const before = values.compare === undefined ? null : resultsOrExit(values.compare);
  const results: BenchResult[] = [];
  for (const { name, run } of chosen) {
    const progress = (text: string): void => {
      process.stderr.write(`${name}: ${text}\n`);
    };
    const tables = await run({ quick: values.quick === true, progress });
    const noise = takeNoise();
    results.push({ bench: name, tables, noise: Number.isNaN(noise) ? null : noise });
    if (values.json !== true) for (const table of tables) process.stdout.write(`${markdownOf(table)}\n`);
  }
  if (values.json === true) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  // Standard output stays JSON.
  if (before) for (const table of compared(before, results)) (values.json === true ? process.stderr : process.stdout).write(`${markdownOf(table)}\n`);
}

function resultsOrExit(file: string): readonly BenchResult[] {
  try {
    return parseResults(readFileSync(file, 'utf8'));
  } catch (error) {
    return exitWithUsage(`${file} cannot be compared with: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseOrExit(): { readonly values: { readonly quick?: boolean; readonly json?: boolean; readonly compare?: string; readonly help?: boolean }; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, compare: { type: 'string' }, help: { type: 'boolean' } } });
  } catch (error) {
    return exitWithUsage(error instanceof Error ? error.message : String(error));
  }
}

function exitWithUsage(problem: string): never {
  process.stderr.write(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
