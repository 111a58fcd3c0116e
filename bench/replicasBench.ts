import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { copyEventLog } from '../src/eventstore/copyEventLog';
import { EmbeddedEventStore } from '../src/eventstore/embedded/store';
import { EventStoreDbEventStore } from '../src/eventstore/eventStoreDb/store';
import { ChildServer } from './childServer';
import { load, type Sent } from './load';
import { interleaved, median, ROUNDS, withDirectory, type BenchOptions } from './measure';
import type { ResultRow, ResultTable } from './resultTable';
import { answerTo, authorization, invitationTo, makeApps, rolesOf, type ServedApp } from './servedApps';
import { serviceEnvironment, untilReady } from './servedLog';

const REPLICAS = 3;

interface Cost {
  readonly requestsPerSecond: number;
  /** CPU time of the replica that is asked, and of each other one, for a change, in us. */
  readonly asked: number;
  readonly other: number;
}

/** What changes cost the replica that is asked for them and the others, which follow them, on the tests' server of EventStoreDB's protocol. */
export async function replicasBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  return withDirectory(async (directory) => {
    progress('making apps');
    const apps = await makeApps(directory);
    const events = await ChildServer.start(join(__dirname, 'eventStoreDbServer.js'), [], {});
    const url = `${events.url.replace('http', 'esdb')}?tls=false`;
    const replicas: ChildServer[] = [];
    try {
      await copy(directory, url);
      for (let number = 1; number <= REPLICAS; number += 1) {
        progress(`starting replica ${number} of ${REPLICAS}`);
        const dataDir = join(directory, `replica${number}`);
        mkdirSync(dataDir);
        const replica = await ChildServer.start(join(__dirname, '../src/main.js'), [], { ...serviceEnvironment(dataDir), EVENTSTORE_URL: url });
        replicas.push(replica);
        await untilReady(replica.url);
      }
      return [await measure(replicas, apps, quick ? 2 : 8, progress)];
    } finally {
      for (const server of [...replicas, events]) await server.stop();
    }
  });
}

async function copy(directory: string, url: string): Promise<void> {
  const [source, target] = [EmbeddedEventStore.open(directory), new EventStoreDbEventStore({ url })];
  try {
    await copyEventLog(source, target);
  } finally {
    await target.close();
    await source.close();
  }
}

async function measure(replicas: readonly ChildServer[], [, ...apps]: readonly ServedApp[], seconds: number, progress: (text: string) => void): Promise<ResultTable> {
  const appOf = (connection: number): ServedApp => apps[connection % apps.length] as ServedApp;
  const costOf = (sentBy: (connection: number) => readonly Sent[], expected: string) => (): Promise<Cost> => cost(replicas, seconds, sentBy, expected, appOf(0));
  const [invites, roles] = [(connection: number) => [invitationTo(appOf(connection))], (connection: number) => rolesOf(appOf(connection), 0)];
  const alternatives = [
    { name: 'invitePartner, 64 apps, with the message', run: costOf(invites, 'InvitePartnerSuccess') },
    { name: 'changeUserRole, 64 apps', run: costOf(roles, 'ChangeUserRoleSuccess') },
  ];
  progress('warming up');
  for (const { run } of alternatives) await run();
  const results = await interleaved(alternatives, ROUNDS, progress);
  return {
    title: `${REPLICAS} replicas on EventStoreDB, one of which is asked, 64 connections`,
    columns: ['changes/s', 'CPU us of the replica that is asked', 'CPU us of each other one', `changes of ${REPLICAS} / of one, by CPU`],
    rows: alternatives.map(({ name }) => rowOf(name, results.get(name) ?? [])),
  };
}

/** Asks the first replica for changes, until all have them. */
async function cost(replicas: readonly ChildServer[], seconds: number, sentBy: (connection: number) => readonly Sent[], expected: string, app: ServedApp): Promise<Cost> {
  const [asked, ...others] = replicas;
  if (!asked) throw new Error('There have to be replicas.');
  const before = replicas.map((replica) => replica.cpuSeconds());
  const { requestsPerSecond } = await load(asked, seconds, sentBy, expected);
  const roles = rolesOf(app, 1);
  let answer = '';
  for (const role of roles) answer = await answerTo(asked, role);
  const { data } = JSON.parse(answer) as { readonly data: { readonly changeUserRole: { readonly position: string } } };
  for (const replica of others) {
    const query: Sent = { path: '/graphql', headers: { ...authorization(app), 'x-min-position': data.changeUserRole.position }, body: '{"query":"{ viewer { name } }"}' };
    while (!(await fetch(replica.url + query.path, { method: 'POST', headers: { 'content-type': 'application/json', ...query.headers }, body: String(query.body) })).ok);
  }
  const changes = requestsPerSecond * seconds;
  const [own = NaN, ...rest] = replicas.map((replica, index) => ((replica.cpuSeconds() - (before[index] ?? NaN)) * 1e6) / changes);
  return { requestsPerSecond, asked: own, other: rest.reduce((sum, us) => sum + us, 0) / rest.length };
}

/** While each replica is asked for as much, it spends what its own changes cost and what those of all others do. */
function rowOf(name: string, costs: readonly Cost[]): ResultRow {
  const [asked, other] = [median(costs.map((one) => one.asked)), median(costs.map((one) => one.other))];
  return { name, values: [median(costs.map(({ requestsPerSecond }) => requestsPerSecond)), asked, other, (REPLICAS * asked) / (asked + (REPLICAS - 1) * other)] };
}
