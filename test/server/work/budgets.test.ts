import { WorkBudgets } from '../../../src/server/work/budgets';
import { type Caller, RequestWork, WorkCharge } from '../../../src/server/work/requestWork';
import type { DocumentPrice } from '../../../src/server/graphql/price';
import type { Identity } from '../../../src/server/auth/signIn';
import { TokenBuckets } from '../../../src/server/work/tokenBuckets';

const start = 1_000_000;
let now = start;
beforeEach(() => { now = start; });

describe('token buckets', () => {
  const buckets = (size: number, perSecond: number, max = 10): TokenBuckets => new TokenBuckets({ size, perSecond, max, now: () => now });

  it('refill steadily, up to their size', () => {
    const some = buckets(100, 10);
    expect([some.take('a', 60), some.take('a', 60), some.take('a', 40), some.wait('a', 1)]).toEqual([0, 2, 0, 1]);
    now += 2_500;
    expect([some.wait('a', 25), some.wait('a', 26), some.fullness('a')]).toEqual([0, 1, 0.25]);
    now += 60_000;
    expect(some.fullness('a')).toBe(1);
  });

  it('give more than they hold from a full one only, which then owes it, at most what it holds', () => {
    const some = buckets(100, 10);
    expect([some.take('a', 150), some.fullness('a'), some.wait('a', 1)]).toEqual([0, 0, 6]);
    some.spend('a', 10_000);
    expect(some.wait('a', 1)).toBe(11);
    some.spend('b', 1);
    expect(some.take('b', 150)).toBe(1);
  });

  it('take back what was taken too much, and never more than they hold', () => {
    const some = buckets(100, 10);
    some.take('a', 50);
    some.spend('a', -70);
    expect([some.fullness('a'), some.take('a', 100), some.take('a', 1)]).toEqual([1, 0, 1]);
  });

  it('count nothing when their size is 0', () => {
    const none = buckets(0, 0);
    none.spend('a', 1_000);
    expect([none.take('a', 1_000), none.wait('a', 1), none.fullness('a')]).toEqual([0, 0, 1]);
  });

  it('forget the one that was not used for longest when there are too many', () => {
    const some = buckets(1, 1, 2);
    for (const key of ['a', 'b', 'c']) some.take(key, 1);
    expect([some.wait('c', 1), some.wait('b', 1), some.wait('a', 1)]).toEqual([1, 1, 0]);
  });
});

describe('the work of requests', () => {
  const refused: string[] = [];
  const someone = (sub: string): Identity => ({ sub, keapId: '', keapIdNormalized: '', name: null, scopes: [], issuedAt: null });
  const [one, other]: readonly Caller[] = [{ identity: someone('one'), address: '192.0.2.1' }, { identity: someone('other'), address: '192.0.2.1' }];
  const unsigned = (address: string): Caller => ({ identity: null, address });
  const price = (ms: number, appIds: readonly string[] = []): DocumentPrice => ({ ms, fixedMs: 1, mutations: 0, appIds });
  const open = (): RequestWork => new RequestWork(
    new WorkBudgets({ workPerPerson: 10, workPerAddress: 5, workPerApp: 20, workSavedSeconds: 10 }, { overBudget: (kind) => { refused.push(kind); }, workDone: () => undefined }, () => now),
    ({ sub }, appId) => sub !== 'stranger' && appId.startsWith('app'),
  );
  const charged = (work: RequestWork, caller: Caller, ...given: Parameters<typeof price>): WorkCharge => {
    const opened = work.open(caller, price(...given));
    if (!(opened instanceof WorkCharge)) throw new Error(opened.message);
    return opened;
  };
  beforeEach(() => { refused.length = 0; });

  it('is refused when the budget of the person has too little, and that of nobody else', () => {
    const work = open();
    charged(work, one!, 90);
    expect(work.open(one!, price(20))).toEqual({ kind: 'person', seconds: 1, message: 'One person may use 10 ms of the server\'s time per second, and this is used up. Send the request again in 1 s.' });
    charged(work, other!, 90);
    charged(work, unsigned('192.0.2.1'), 40);
    expect([work.open(unsigned('192.0.2.1'), price(20)), refused]).toEqual([expect.objectContaining({ kind: 'address', seconds: 2 }), ['person', 'address']]);
  });

  it('costs in the end what it was measured to cost', () => {
    const work = open();
    const cheap = charged(work, one!, 90);
    cheap.add(4);
    cheap.settle();
    cheap.settle();
    expect(work.left(one!)).toBe(0.95);
    const dear = charged(work, one!, 1);
    dear.add(100);
    dear.settle();
    expect([work.left(one!), work.usedUp(one!)?.seconds]).toEqual([0, 1]);
    cheap.add(50);
    expect(work.usedUp(one!)?.seconds).toBe(6);
  });

  it('is charged as soon as it is measured to cost more than its price', () => {
    const work = open();
    const running = charged(work, one!, 10);
    running.add(95);
    expect([work.left(one!), work.open(one!, price(10))]).toEqual([0.04, expect.objectContaining({ kind: 'person' })]);
    running.settle();
    expect(work.left(one!)).toBe(0.04);
  });

  it('is priced again while it runs, and a full budget is enough for any price', () => {
    const work = open();
    const first = charged(work, one!, 10);
    expect([first.take(500), first.take(0), work.open(one!, price(1))]).toEqual([null, null, expect.objectContaining({ kind: 'person' })]);
    first.settle();
    expect(work.left(one!)).toBe(0.99);
    expect(charged(work, one!, 10).take(500)).toMatchObject({ kind: 'person' });
    expect(work.left(one!)).toBeCloseTo(0.89);
  });

  it('counts for each app in full, however many others the document names', () => {
    const work = open();
    const own = Array.from({ length: 30 }, (_, index) => `app${index}`);
    for (const name of ['a', 'b']) charged(work, { identity: someone(name), address: undefined }, 100, [...own, 'app-large']);
    expect(work.open(one!, price(30, ['app-large']))).toMatchObject({ kind: 'app' });
  });

  it('counts for a /48 network of IPv6, from whichever of its addresses the requests come', () => {
    const work = open();
    const answers = Array.from({ length: 6 }, (_, index) => work.open(unsigned(`2001:db8:7:${index}::1`), price(40)));
    expect(answers.map((answer) => (answer instanceof WorkCharge ? 'charged' : answer.kind))).toEqual([...Array<string>(5).fill('charged'), 'network']);
    expect([work.open(unsigned('2001:db8:8::1'), price(40)), work.left(unsigned('2001:db8:7:99::1'))]).toEqual([expect.any(WorkCharge), 0]);
  });

  it('counts for the apps whose member the caller is, and for no other', () => {
    const work = open();
    charged(work, one!, 80, ['app1', 'app2', 'other']);
    now += 5_000;
    charged(work, other!, 90, ['app1']);
    expect(work.open(one!, price(40, ['app1']))).toBeInstanceOf(WorkCharge);
    now += 10_000;
    const members = Array.from({ length: 4 }, (_, index): Caller => ({ identity: someone(`member${index}`), address: undefined }));
    const answers = members.map((member) => work.open(member, price(90, ['app3'])));
    expect(answers.map((answer) => (answer instanceof WorkCharge ? 'charged' : answer.message))).toEqual(['charged', 'charged', expect.stringMatching(/^The members of one app may together use 20 ms/), expect.any(String)]);
    // What is refused because of the app costs the person nothing, and a stranger is answered as always.
    expect([work.left(members[3]!), work.open({ identity: someone('stranger'), address: undefined }, price(90, ['app3']))]).toEqual([1, expect.any(WorkCharge)]);
    charged(work, members[3]!, 90, ['app4']);
  });

  it('keeps a tenth of an app\'s budget for each member whose fellow members have used it up', () => {
    const work = open();
    const members = Array.from({ length: 4 }, (_, index): Caller => ({ identity: someone(`member${index}`), address: undefined }));
    for (const member of members.slice(0, 2)) charged(work, member, 100, ['app']);
    expect(work.open(members[0]!, price(1, ['app']))).toMatchObject({ kind: 'person' });
    const asked = [15, 10, 5].map((ms) => work.open(members[2]!, price(ms, ['app'])));
    expect(asked.map((answer) => (answer instanceof WorkCharge ? 'charged' : [answer.kind, answer.seconds]))).toEqual(['charged', ['app', 2], 'charged']);
    expect(work.open(members[3]!, price(21, ['app']))).toMatchObject({ kind: 'app' });
    charged(work, members[3]!, 20, ['app']);
  });

  it('counts for an app that is named after many of which the caller is no member', () => {
    const work = open();
    const foreign = Array.from({ length: 20 }, (_, index) => `foreign${index}`);
    for (const name of ['a', 'b']) charged(work, { identity: someone(name), address: undefined }, 100, [...foreign, 'app']);
    expect(work.open(one!, price(30, ['app']))).toMatchObject({ kind: 'app' });
  });
});
