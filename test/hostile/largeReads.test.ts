import { setImmediate as nextTurn } from 'node:timers/promises';
import { appendBigApp, type BigApp } from '../../bench/bigApp';
import type { Person } from '../support/person';
import { TestService } from '../support/testService';
import { inTurns, median } from './cpu';

const MEMBERS = 2_100;
const FEW = 300;
const NODES = 'totalCount statusCounts { status count } nodes { userId keapId name status }';
const PAGE = `query ($appId: ID!) { app(appId: $appId) { users(first: 20) { ${NODES} } } }`;
const SEARCH = `query ($appId: ID!, $search: String) { app(appId: $appId) { users(first: 20, filter: { search: $search }) { ${NODES} } } }`;
const AS_OF = `query ($appId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { users(first: 20) { ${NODES} } } }`;

/** A document with one field for each moment; null for the present. */
const looks = (moments: readonly (string | null)[]): string =>
  `{ ${moments.map((time, index) => `m${index}: app(appId: "big"${time === null ? '' : `, asOf: { time: "${time}" }`}) { users(first: 5) { totalCount nodes { userId } } }`).join(' ')} }`;

/** Texts to search for: nobody has them, or everybody, or they are made to be costly. */
const TEXTS = ['zzqzz', 'ж', 'q', 'qx', 'm', '@', 'example', 'member 3', 'member 2099', 'a'.repeat(100), 'member '.repeat(14), '%_%', 'İı', '\u0301', 'm@', '.'] as const;

let service: TestService;
let app: BigApp;
let owner: Person;
let smallOwner: Person;

const dayOf = (day: number): string => new Date(BEGIN + day * 86_400_000).toISOString();
const BEGIN = Date.UTC(2025, 0, 1);

beforeAll(async () => {
  service = await TestService.start({ env: { WORK_PER_PERSON: '0', WORK_PER_APP: '0', WORK_PER_ADDRESS: '0', OVERLOAD_DELAY_MS: '0' } });
  const { store } = service.running.membership;
  app = await appendBigApp(store, { appId: 'big', members: MEMBERS, begin: BEGIN });
  const small = await appendBigApp(store, { appId: 'small', members: FEW, begin: BEGIN });
  await service.running.membership.caughtUp(60_000);
  owner = await service.as(app.owner.keapId);
  smallOwner = await service.as(small.owner.keapId);
  // The indexes are built after the first searches, in the turns of the event loop that follow.
  for (let time = 0; time < 3; time += 1) await owner.read(SEARCH, { appId: 'big', search: `warm ${time}` });
  await owner.read(AS_OF, { appId: 'big', asOf: { time: dayOf(300) } });
}, 60_000);

afterAll(() => service.close());

describe('a search in an app of 2,100 members', () => {
  it('costs a small multiple of one in an app of 300, whatever the text', async () => {
    let text = 0;
    // Each request asks for another text, so that no answer is known already.
    const search = (person: Person, appId: string) => async (round: number): Promise<unknown> => {
      text += 1;
      return person.read(SEARCH, { appId, search: `${TEXTS[round] ?? ''}${' '.repeat(text % 3)}` });
    };
    const ratios: number[] = [];
    for (let round = 0; round < TEXTS.length; round += 1) {
      const costs = await inTurns(1, { big: () => search(owner, 'big')(round), small: () => search(smallOwner, 'small')(round) });
      ratios.push(costs.big / costs.small);
    }
    expect(median(ratios)).toBeLessThan(3);
  });

  it('finds the right users meanwhile', async () => {
    const found = async (search: string): Promise<number> => (await owner.read(SEARCH, { appId: 'big', search })).app.users.totalCount;
    expect(await found('member 2099')).toBe(1);
    expect(await found('MEMBER 20')).toBe(111);
    expect(await found('@')).toBe(MEMBERS + 1);
    expect(await found('q')).toBe(0);
  });

  it('lets other requests in between', async () => {
    const longestTurn = async (work: () => Promise<unknown>): Promise<number> => {
      const turns = { longest: 0, last: performance.now(), isOver: false };
      const watch = async (): Promise<void> => {
        while (!turns.isOver) {
          turns.longest = Math.max(turns.longest, performance.now() - turns.last);
          turns.last = performance.now();
          await nextTurn();
        }
      };
      const watching = watch();
      await work();
      turns.isOver = true;
      await watching;
      return turns.longest;
    };
    const ratios: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const page = await longestTurn(() => smallOwner.read(PAGE, { appId: 'small' }));
      const search = await longestTurn(() => owner.read(SEARCH, { appId: 'big', search: 'm@.ae'.charAt(round) }));
      ratios.push(search / page);
    }
    expect(median(ratios)).toBeLessThan(8);
  });
});

describe('a look into the past of an app of 2,100 members', () => {
  it('costs a small multiple of a look at the present once the moment was asked for', async () => {
    const costs = await inTurns(7, {
      present: (round) => owner.read(SEARCH, { appId: 'big', search: ' '.repeat(round) }),
      past: () => owner.read(AS_OF, { appId: 'big', asOf: { time: dayOf(300) } }),
    });
    expect(costs.past / costs.present).toBeLessThan(3);
  });

  it('is folded once for ten requests at a time, and ten moments in one document cost as ten reads of the present when asked again', async () => {
    const together = await Promise.all(Array.from({ length: 10 }, () => owner.read(AS_OF, { appId: 'big', asOf: { time: dayOf(0.01) } })));
    expect(new Set(together.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const moments = Array.from({ length: 10 }, (_, index) => dayOf(0.02 + index / 1_000));
    await owner.read(looks(moments));
    // A variable that nothing uses: no request is sent twice, since an answer that is kept costs less.
    const costs = await inTurns(5, { present: (round) => owner.read(looks(moments.map(() => null)), { round }), past: () => owner.read(looks(moments)) });
    expect(costs.past / costs.present).toBeLessThan(5);
  });
});
