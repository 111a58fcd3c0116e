import { contactsStream, mailStream, rosterStream } from '../../src/domain/streams';
import { appendBigApp, type BigApp } from '../../bench/bigApp';
import { GivenApp } from '../support/givenApp';
import type { Person } from '../support/person';
import { addressOf, TestService } from '../support/testService';
import { cpuOf, median } from './cpu';

const MEMBERS = 400;
const BEGIN = Date.UTC(2025, 0, 1);
const ROUNDS = 5;
/** What the charge is at least, as a part of the CPU time of this process, of which the client needs a part. */
const LEAST = 0.4;

const momentAt = (second: number): string => new Date(BEGIN + second * 1_000).toISOString();
const users = (selection: string): string => `{ app(appId: "big") { users(first: 100) { nodes { ${selection} } } } }`;
const EVENT = 'nodes { type summary actor { name } user { name } }';

async function metricOf({ url }: TestService, line: RegExp): Promise<number> {
  return Number(line.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
}

describe('what is charged for a request', () => {
  let service: TestService;
  let app: BigApp;
  let owner: Person;
  let auditor: Person;
  beforeAll(async () => {
    service = await TestService.start();
    app = await appendBigApp(service.running.membership.store, { appId: 'big', members: MEMBERS, begin: BEGIN });
    await service.running.membership.caughtUp(60_000);
    owner = await service.as(app.owner.keapId);
    auditor = await service.as('auditor@example.com', 'auditor');
  }, 60_000);
  afterAll(() => service.close());

  const charged = (): Promise<number> => metricOf(service, /^work_seconds_total\{kind="person"\} (\S+)$/m).then((seconds) => seconds * 1_000);

  /** The least CPU time of this process for a request, which includes that of the client, and the usual charge for it. */
  async function costsOf(ask: (round: number) => Promise<unknown>): Promise<{ readonly cpu: number; readonly charge: number }> {
    const costs = { cpu: [] as number[], charge: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = await charged();
      costs.cpu.push(await cpuOf(() => ask(round)));
      costs.charge.push((await charged()) - before);
    }
    return { cpu: Math.min(...costs.cpu), charge: median(costs.charge) };
  }

  it.each<readonly [string, () => Person, (round: number) => string]>([
    ['the reasons of users', () => owner, () => users('why { status { type } }')],
    ['the history of users', () => owner, () => users(`history(first: 5) { ${EVENT} }`)],
    ['a page of an app\'s history', () => owner, () => `{ membershipEvents(filter: { appId: "big" }, first: 200) { ${EVENT} } }`],
    ['fields that are looked up', () => owner, () => users(Array.from({ length: 20 }, (_, index) => `c${index}: assignedContactCount`).join(' '))],
    ['an auditor\'s page of all history', () => auditor, () => `{ membershipEvents(first: 200) { ${EVENT} } }`],
    ['an auditor\'s look at users', () => auditor, () => users('why { status { type } } history(first: 5) { nodes { type } }')],
    ['the first look at a moment of the past', () => owner, (round) => `{ app(appId: "big", asOf: { time: "${momentAt(50 + 100 * round)}" }) { users(first: 5) { totalCount } } }`],
  ])('is near what it cost: %s', async (_, person, document) => {
    // No request is sent twice, since an answer that is kept costs less.
    const { cpu, charge } = await costsOf((round) => person().read(document(round), { round }));
    expect(charge).toBeGreaterThan(cpu * LEAST);
  });

  it('follows the number of apps for the past of Account Central', async () => {
    const poor = await TestService.start({ env: { WORK_PER_PERSON: '1', WORK_SAVED_SECONDS: '300' } });
    const person = await poor.as('many@example.com');
    let position = '';
    for (let index = 0; index < 30; index += 1) {
      const operator = await poor.as(addressOf('operator', index), 'operator');
      ({ position } = await operator.mutate('registerApp', { appId: `many${index}`, name: 'App', licences: 5, ownerKeapId: person.keapId, ownerName: 'Olivia' }));
    }
    // The budget takes more than ten seconds to be full again after these.
    for (let count = 0; count < 20; count += 1) await person.ask('{ viewer { keapId } }', {}, { 'x-min-position': position });
    const asOf = 'asOf: { time: "2026-01-01T00:00:00Z" }';
    const refused = await person.ask(`{ accountCentral(${asOf}) { accounts { totalCount } } }`);
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0, refused.errors.map(({ extensions: { code } }) => code)]).toEqual([429, true, ['TOO_MANY_REQUESTS']]);
    expect((await person.ask(`{ app(appId: "many0", ${asOf}) { name } }`)).status).toBe(200);
    await poor.close();
  }, 60_000);
});

describe('looks into the past of one app', () => {
  it('wait for each other up to a bound, beyond which they are refused', async () => {
    const service = await TestService.start();
    const app = await GivenApp.register(service);
    const { appId, owner } = app;
    const held = { end: (): void => undefined };
    const holding = service.running.membership.snapshots.oneAtATime([rosterStream(appId), contactsStream(appId), mailStream(appId)], () => new Promise<void>((resolve) => { held.end = resolve; }));
    const looks = (document: number): string => `{ ${Array.from({ length: 10 }, (_, look) => `l${look}: app(appId: "${appId}", asOf: { time: "${momentAt(100 * document + look)}" }) { name }`).join(' ')} }`;
    const asked = Array.from({ length: 11 }, (_, document) => owner.ask(looks(document)));
    const [first] = await Promise.all([Promise.race(asked)]);
    expect([first.status, Number(first.headers.get('retry-after')) > 0, new Set(first.errors.map(({ message, extensions: { code } }) => `${code} ${message}`))]).toEqual([
      503, true, new Set(['OVERLOADED Too many requests look into the past of this app at the same time. Send the same request again.']),
    ]);
    held.end();
    await holding;
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect([statuses.filter((status) => status === 200).length, new Set(statuses)]).toEqual([9, new Set([200, 503])]);
    expect([await metricOf(service, /^past_looks (\S+)$/m), await metricOf(service, /^past_look_refusals_total (\S+)$/m)]).toEqual([0, 11]);
    await service.close();
  });
});
