import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ChildServer } from './childServer';
import { CONNECTIONS, load, type LoadResult, type Sent } from './load';
import { interleaved, median, ROUNDS, withDirectory, type BenchOptions } from './measure';
import type { ResultRow, ResultTable } from './resultTable';
import { answerTo, authorization, invitationTo, makeApps, pageOf, rolesOf, type ServedApp } from './servedApps';
import { serviceEnvironment, untilReady } from './servedLog';

/** Requests over HTTP with 64 connections, beside a server that only parses and prints the same JSON. */
export async function queryBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  return withDirectory(async (directory) => {
    progress('making apps');
    const apps = await makeApps(directory);
    const service = await ChildServer.start(join(__dirname, '../src/main.js'), [], serviceEnvironment(directory));
    try {
      await untilReady(service.url);
      return [await measure(directory, service, apps, quick ? 1 : 5, progress)];
    } finally {
      await service.stop();
    }
  });
}

async function measure(directory: string, service: ChildServer, apps: readonly ServedApp[], seconds: number, progress: (text: string) => void): Promise<ResultTable> {
  const [listed, ...others] = apps;
  const [shared] = others;
  if (!listed || !shared) throw new Error('There have to be apps.');
  const query: readonly Sent[] = [{ path: '/graphql', headers: authorization(listed), body: pageOf(listed, 0) }];
  // A variable that the operation does not use makes it another request, whose answer is not known.
  const ownQuery: readonly Sent[] = [{ path: '/graphql', headers: authorization(listed), body: (request) => pageOf(listed, request) }];
  const inOwnApp = (connection: number): readonly Sent[] => rolesOf(others[connection] ?? shared, 0);
  const inSharedApp = (connection: number): readonly Sent[] => rolesOf(shared, connection);

  const invites = (connection: number): readonly Sent[] => [invitationTo(others[connection] ?? shared)];
  const beside = (perSecond: number, sent: (turn: number) => Sent | undefined, run: () => Promise<LoadResult>): Promise<LoadResult> => besideWrites(service, perSecond, sent, run);

  const answers = [await answerTo(service, query[0]), await answerTo(service, inOwnApp(0)[0]), await answerTo(service, invites(0)[0])];
  const files = answers.map((_answer, index) => join(directory, `answer${index}.json`));
  files.forEach((file, index) => { writeFileSync(file, answers[index] ?? ''); });
  const plain = await ChildServer.start(join(__dirname, 'plainServer.js'), files, {});
  try {
    const limitOf = (sent: readonly Sent[], answer: number): readonly Sent[] => sent.map((one) => ({ ...one, path: `/${answer}` }));
    const alternatives = [
      { name: 'limit, page', run: (time: number) => load(plain, time, () => limitOf(query, 0), '"nodes"') },
      { name: 'page, same', run: (time: number) => load(service, time, () => query, '"nodes"') },
      { name: 'page', run: (time: number) => load(service, time, () => ownQuery, '"nodes"') },
      { name: 'page, others change', run: (time: number) => beside(50, (turn) => inOwnApp(turn % (others.length - 1))[turn % 2], () => load(service, time, () => query, '"nodes"')) },
      { name: 'page, it changes', run: (time: number) => beside(1, (turn) => rolesOf(listed, 0)[turn % 2], () => load(service, time, () => query, '"nodes"')) },
      { name: 'limit, invite', run: (time: number) => load(plain, time, (connection) => limitOf(invites(connection), 2), 'InvitePartnerSuccess') },
      { name: 'invite', run: (time: number) => load(service, time, invites, 'InvitePartnerSuccess') },
      { name: 'limit, mutation', run: (time: number) => load(plain, time, (connection) => limitOf(inOwnApp(connection), 1), 'ChangeUserRoleSuccess') },
      { name: 'mutation, own app', run: (time: number) => load(service, time, inOwnApp, 'ChangeUserRoleSuccess') },
      { name: 'mutation, one app', run: (time: number) => load(service, time, inSharedApp, 'ChangeUserRoleSuccess') },
    ];
    progress('warming up');
    for (const { run } of alternatives) await run(1);
    const results = await interleaved(alternatives.map(({ name, run }) => ({ name, run: () => run(seconds) })), ROUNDS, progress);
    const row = (name: string, of: string, limit: string): ResultRow => rowOf(name, results.get(of) ?? [], results.get(limit) ?? []);
    return {
      title: `Requests over HTTP, ${CONNECTIONS} connections (the page is ${((answers[0]?.length ?? 0) / 1000).toFixed(1)} kB)`,
      columns: ['requests/s', 'of the limit', 'median ms', 'p99 ms', 'server CPU us', 'limit\'s CPU / this'],
      rows: [
        row('limit: node:http and JSON, the page\'s bytes', 'limit, page', 'limit, page'),
        row('page of 50 users x 8 fields, with who invited them, the same request again', 'page, same', 'limit, page'),
        row('the same while 50 roles a second change in other apps', 'page, others change', 'limit, page'),
        row('the same while a role changes in this app each second', 'page, it changes', 'limit, page'),
        row('the page, a request that was not sent before', 'page', 'limit, page'),
        row('limit: node:http and JSON, the mutation\'s bytes', 'limit, mutation', 'limit, mutation'),
        row('limit: node:http and JSON, the invitation\'s bytes', 'limit, invite', 'limit, invite'),
        row('invitePartner, 64 apps, with the message', 'invite', 'limit, invite'),
        row('changeUserRole, 64 apps', 'mutation, own app', 'limit, mutation'),
        row('changeUserRole, 64 users of one app', 'mutation, one app', 'limit, mutation'),
      ],
    };
  } finally {
    await plain.stop();
  }
}

function rowOf(name: string, results: readonly LoadResult[], limits: readonly LoadResult[]): ResultRow {
  const rate = median(results.map(({ requestsPerSecond }) => requestsPerSecond));
  const limit = median(limits.map(({ requestsPerSecond }) => requestsPerSecond));
  const cpuOf = (some: readonly LoadResult[]): number => median(some.map(({ cpuMicroseconds }) => cpuMicroseconds));
  return {
    name,
    values: [
      rate,
      rate / limit,
      median(results.map(({ latencyMs }) => latencyMs.median)),
      median(results.map(({ latencyMs }) => latencyMs.p99)),
      cpuOf(results),
      cpuOf(limits) / cpuOf(results),
    ],
  };
}

/** Runs something while requests are sent at a steady rate. @throws Error when one is refused. */
async function besideWrites(service: ChildServer, perSecond: number, sent: (turn: number) => Sent | undefined, run: () => Promise<LoadResult>): Promise<LoadResult> {
  const done = new AbortController();
  const writes = (async () => {
    for (let turn = 0; !done.signal.aborted; turn += 1) {
      await answerTo(service, sent(turn));
      await pause(1000 / perSecond, undefined, { signal: done.signal }).catch(() => undefined);
    }
  })();
  try {
    return await run();
  } finally {
    done.abort();
    await writes;
  }
}
