import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createDevelopmentTokens } from '../src/server/auth/developmentTokens';
import { ChildServer } from './childServer';
import type { Follower } from './followers';
import { interleaved, median, nowMs, quantile, ROUNDS, withDirectory, type BenchOptions } from './measure';
import type { ResultTable } from './resultTable';

const WRITERS = 8;
const PEOPLE = 100;
const WEBSOCKETS = 1_000;
const EVENT_STREAMS = 1_000;
const JWT_SECRET = 'a secret of the benchmark, known to all of its processes';

const REGISTER = 'mutation ($input: RegisterAppInput!) { registerApp(input: $input) { __typename } }';
const INVITE = 'mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename ... on InvitePartnerSuccess { user { userId } invitation { invitationId } } } }';
const ACCEPT = 'mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { __typename } }';
const CHANGE_ROLE = 'mutation ($input: ChangeUserRoleInput!) { changeUserRole(input: $input) { __typename ... on ChangeUserRoleSuccess { position user { role } } } }';

type Ask = (token: string, query: string, input: object) => Promise<Record<string, unknown>>;

/** An app that one of the writers changes, or that nobody changes. */
interface FollowedApp {
  readonly appId: string;
  readonly token: string;
  /** A user whose role the writer changes. */
  userId: string;
}

interface Written {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** What 2,000 subscriptions cost eight writers. */
export async function subscriptionBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  return withDirectory(async (directory) => {
    const env = {
      NODE_ENV: 'production', DATA_DIR: directory, PORT: '0', HOST: '127.0.0.1', AUTH_JWT_SECRET: JWT_SECRET, LOG_LEVEL: 'error', INVITATIONS_PER_APP_PER_DAY: '0',
      WORK_PER_PERSON: '0', WORK_PER_ADDRESS: '0', WORK_PER_APP: '0', OVERLOAD_DELAY_MS: '0',
    };
    const service = await ChildServer.start(join(__dirname, '../src/main.js'), [], env);
    try {
      while (!(await fetch(`${service.url}/health/ready`)).ok) await pause(50);
      progress('making apps and people');
      const { written, quiet, followersOf } = await prepare(service.url);
      const seconds = quick ? 2 : 8;
      const alone = (): Promise<Written> => write(service.url, written, seconds);
      const beside = (apps: readonly FollowedApp[]) => async (): Promise<Written> => {
        const file = join(directory, 'followers.json');
        writeFileSync(file, JSON.stringify(followersOf(apps)));
        const followers = await ChildServer.start(join(__dirname, 'followers.js'), [service.url, file], {});
        try {
          return await write(service.url, written, seconds);
        } finally {
          await followers.stop();
        }
      };
      await write(service.url, written, 1);
      const results = await interleaved([
        { name: 'no subscriptions', run: alone },
        { name: '2,000 on apps that nobody changes', run: beside(quiet) },
        { name: '2,000 on the apps that are written: each write to 250 of them', run: beside(written) },
      ], ROUNDS, progress);
      const figure = (name: string, of: (one: Written) => number): number => median((results.get(name) ?? []).map(of));
      const without = figure('no subscriptions', ({ p99Ms }) => p99Ms);
      return [{
        title: `${WRITERS} writers beside ${WEBSOCKETS} WebSockets and ${EVENT_STREAMS} event streams of ${PEOPLE} people`,
        columns: ['writes/s', 'median ms', 'p99 ms', 'p99 / without'],
        rows: [...results.keys()].map((name) => {
          const p99 = figure(name, ({ p99Ms }) => p99Ms);
          return { name, values: [figure(name, ({ perSecond }) => perSecond), figure(name, ({ medianMs }) => medianMs), p99, p99 / without] };
        }),
      }];
    } finally {
      await service.stop();
    }
  });
}

interface Prepared {
  readonly written: readonly FollowedApp[];
  readonly quiet: readonly FollowedApp[];
  /** Spreads the people over the apps, and the subscriptions over the people. */
  readonly followersOf: (apps: readonly FollowedApp[]) => readonly Follower[];
}

/** Registers the apps. Each of the people is a member of one that is written and of one that is not. */
async function prepare(url: string): Promise<Prepared> {
  const tokens = createDevelopmentTokens({ jwtSecret: new TextEncoder().encode(JWT_SECRET) });
  const ask = asking(url);
  const operator = await tokens.issue({ keapId: 'operator@bench.example', scope: 'operator' });
  const people = await Promise.all(Array.from({ length: PEOPLE }, async (_, number) => ({ keapId: `person-${number}@bench.example`, token: await tokens.issue({ keapId: `person-${number}@bench.example` }) })));
  const register = async (appId: string): Promise<FollowedApp> => {
    const ownerKeapId = `owner@${appId}.example`;
    await ask(operator, REGISTER, { appId, name: appId, licences: 1, ownerKeapId });
    return { appId, token: await tokens.issue({ keapId: ownerKeapId }), userId: '' };
  };
  const written = await Promise.all(Array.from({ length: WRITERS }, (_, number) => register(`written-${number}`)));
  const quiet = await Promise.all(Array.from({ length: WRITERS }, (_, number) => register(`quiet-${number}`)));
  for (const [number, { keapId, token }] of people.entries()) {
    for (const apps of [written, quiet]) {
      const app = apps[number % apps.length];
      if (!app) continue;
      const { user, invitation } = (await ask(app.token, INVITE, { appId: app.appId, keapId, role: 'STANDARD' })) as unknown as { readonly user: { readonly userId: string }; readonly invitation: { readonly invitationId: string } };
      await ask(token, ACCEPT, { appId: app.appId, invitationId: invitation.invitationId });
      app.userId = user.userId;
    }
  }
  return {
    written, quiet,
    followersOf: (apps) => people.map(({ token }, number) => ({ token, appId: apps[number % apps.length]?.appId ?? '', webSockets: WEBSOCKETS / PEOPLE, eventStreams: EVENT_STREAMS / PEOPLE })),
  };
}

/** One writer for each app changes a role there and back, for some seconds. */
async function write(url: string, apps: readonly FollowedApp[], seconds: number): Promise<Written> {
  const ask = asking(url);
  const times: number[] = [];
  const begunAt = nowMs();
  await Promise.all(apps.map(async ({ appId, token, userId }) => {
    for (let turn = 0; nowMs() - begunAt < seconds * 1_000; turn += 1) {
      const sentAt = nowMs();
      await ask(token, CHANGE_ROLE, { appId, userId, role: turn % 2 === 0 ? 'ADMIN' : 'STANDARD' });
      times.push(nowMs() - sentAt);
    }
  }));
  return { perSecond: (times.length * 1_000) / (nowMs() - begunAt), medianMs: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
}

/** Sends mutations. @throws Error when one is refused. */
const asking = (url: string): Ask => async (token, query, input) => {
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables: { input } }) });
  const text = await response.text();
  const { data } = JSON.parse(text) as { readonly data?: Record<string, Record<string, unknown>> | null };
  const [result] = Object.values(data ?? {});
  if (typeof result?.['__typename'] !== 'string' || !result['__typename'].endsWith('Success')) throw new Error(`The service refused: ${text.slice(0, 500)}`);
  return result;
};
