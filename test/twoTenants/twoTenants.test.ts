import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { StandingClock } from '../http/standingClock';
import { SignedInService } from '../http/signedInAs';
import { type Step, storiesOf, type Told, TOLD_ONCE, World } from './tenants';

const IS_SOAK = process.env['SOAK'] === '1';
const RUNS = IS_SOAK ? 1_000 : 24;
const MAX_STEPS = IS_SOAK ? 20 : 9;
const TIMEOUT_MS = IS_SOAK ? 4 * 60 * 60 * 1000 : 120_000;
/** Fewer pairs of times say nothing about a question. */
const MIN_PAIRS = 60;
/** Both services know the same people by the same ids. */
const ENV = {
  AUTH_JWT_SECRET: randomBytes(32).toString('hex'), SECRET_KEY: randomBytes(32).toString('base64'),
  UNSIGNED_REQUESTS_PER_MINUTE: '0', TOKEN_GUESSES_PER_MINUTE: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '2', INVITATIONS_PER_APP_PER_DAY: '12',
};
const HOUR_MS = 3_600_000;

describe('a tenant', () => {
  const clock = new StandingClock(new Date().toISOString());
  let services: readonly SignedInService[];
  beforeAll(async () => {
    services = await Promise.all([1, 2].map(() => SignedInService.start({ clock, env: ENV })));
  });
  afterAll(async () => {
    await Promise.all(services.map(({ service }) => service.close()));
  });

  it(
    'is answered the same, byte for byte and in the same time, whatever another tenant does with the same people',
    async () => {
      const times = new Map<string, { readonly with: number[]; readonly without: number[] }>();
      let run = 0;
      let turn = 0;
      const property = fc.asyncProperty(storiesOf(MAX_STEPS), async (story: readonly Step[]) => {
        const name = `r${++run}`;
        const worlds = services.map((service, index) => new World(service, name, index === 0));
        for (const world of worlds) await world.begin();
        for (const step of story) {
          if (step.do === 'pass') clock.setTo(clock.now(), step.hours * HOUR_MS);
          // In turns, so that whatever else the machine does falls on both alike.
          const inTurn = turn++ % 2 === 0 ? worlds : worlds.toReversed();
          const told = new Map<World, Told | null>();
          for (const world of inTurn) told.set(world, await world.take(step));
          const [withA, withoutA] = worlds.map((world) => told.get(world) ?? null);
          if (withA?.answer !== withoutA?.answer) throw new Error(`${JSON.stringify(step)} is answered differently\n${differenceOf(withA?.answer ?? '', withoutA?.answer ?? '')}`);
          if (!withA || !withoutA) continue;
          const pair = times.get(withA.question) ?? { with: [], without: [] };
          times.set(withA.question, pair);
          pair.with.push(withA.tookMs);
          pair.without.push(withoutA.tookMs);
        }
      });
      await fc.assert(property, { numRuns: RUNS, endOnFailure: true, examples: TOLD_ONCE.map((story) => [[...story]]) });
      for (const [question, pair] of times) {
        if (pair.with.length < MIN_PAIRS) continue;
        const longer = pair.with.filter((time, index) => time > (pair.without[index] ?? 0)).length / pair.with.length;
        expect([question, longer > 0.2 && longer < 0.8]).toEqual([question, true]);
      }
    },
    TIMEOUT_MS,
  );

  it('is told by a subscription of its own users and accounts only', async () => {
    const [first] = services;
    if (!first) throw new Error('no service');
    const world = new World(first, 'followed', true);
    await world.begin();
    const joining = { by: 'A', do: 'join', mutation: 'invitePartner', role: 'STANDARD' } as const;
    const told = await world.followed([{ ...joining, as: ['Three', 'three'] }, { ...joining, as: ['Two', 'two'] }, { by: 'A', do: 'removeUser', address: 'three', dry: false }, { ...joining, as: ['One', 'one.new'] }]);
    expect(told).toEqual({ users: ['three', 'two'], labels: ['followed-b App', 'Last'] });
  });
});

/** Both answers around the first character in which they differ. */
function differenceOf(withA: string, withoutA: string): string {
  let same = 0;
  while (same < withA.length && withA[same] === withoutA[same]) same += 1;
  return [withA, withoutA].map((answer, index) => `${index === 0 ? 'with   ' : 'without'} A: ${answer.slice(Math.max(0, same - 150), same + 250)}`).join('\n');
}
