import { GivenApp } from '../support/givenApp';
import { temporaryDirectory } from '../support/temporaryDirectory';
import type { Answer, Person } from '../support/person';
import { addressOf, TestService } from '../support/testService';

const USERS = 'query ($appId: ID!) { app(appId: $appId) { users(first: 200) { nodes { userId keapId name role status invitedBy { name } } } } }';
const AT_ONCE = 25;
const MOST = 1_500;

const directory = temporaryDirectory();
const NAMES = ['one', 'two', 'three'] as const;
let service: TestService;
let given: readonly GivenApp[];
beforeAll(async () => {
  // What a process does for the first time costs many times as much as later, and inviting the members is not to count either.
  const unlimited = await TestService.start({ env: { DATA_DIR: directory.path } });
  given = [await GivenApp.register(unlimited), await GivenApp.register(unlimited)];
  for (const app of given) for (const name of NAMES) await readsUsers((await app.join(name)).person, app);
  await unlimited.close();
  service = await TestService.start({ env: { DATA_DIR: directory.path, WORK_PER_PERSON: '10', WORK_PER_ADDRESS: '5', WORK_PER_APP: '15', WORK_SAVED_SECONDS: '16', UNSIGNED_REQUESTS_PER_MINUTE: '0' } });
});
afterAll(async () => {
  await service.close();
  directory.remove();
});

/** A member of one of the apps: each test takes others, whose budgets are full. */
const member = (app: GivenApp, name: (typeof NAMES)[number] | 'owner'): Promise<Person> => service.as(name === 'owner' ? app.owner.keapId : addressOf(app.appId, name));

/** Sends the same request until it is refused. @returns the refusal, and how many were answered before. */
async function untilRefused(ask: (number: number) => Promise<Answer>): Promise<{ readonly refusal: Answer; readonly answered: number }> {
  let answered = 0;
  for (let sent = 0; sent < MOST; sent += AT_ONCE) {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => ask(sent + index)));
    const refusal = answers.find(({ status }) => status !== 200);
    answered += answers.filter(({ status }) => status === 200).length;
    if (refusal) return { refusal, answered };
  }
  throw new Error(`${MOST} requests were answered.`);
}

const facts = ({ status, headers, errors }: Answer): unknown => [status, Number(headers.get('retry-after')) > 0, errors.map(({ message, extensions: { code } }) => [code, message.replace(/\d+ s\.$/, 'N s.')])];

async function refusalsOf(kind: string): Promise<number> {
  const [, count] = new RegExp(`^work_budget_refusals_total\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(await (await fetch(`${service.url}/metrics`)).text()) ?? [];
  return Number(count);
}

const readsUsers = async (person: Person, { appId }: GivenApp): Promise<boolean> => (await person.ask(USERS, { appId })).data.app.users.nodes.length > 0;

describe('a flood of requests that are each within every limit', () => {
  it('by one person is refused, and others are answered', async () => {
    const [app] = given;
    const person = await service.as('person@example.com');
    const viewer = (): Promise<Answer> => person.ask('{ viewer { keapId } }');
    const { refusal, answered } = await untilRefused(viewer);
    expect(facts(refusal)).toEqual([429, true, [['TOO_MANY_REQUESTS', 'One person may use 10 ms of the server\'s time per second, and this is used up. Send the request again in N s.']]]);
    expect(answered).toBeGreaterThan(0);
    expect(await readsUsers(await member(app!, 'one'), app!)).toBe(true);
    expect(await refusalsOf('person')).toBeGreaterThan(0);
  });

  it('by one unsigned address is refused, and who is signed in behind it is answered', async () => {
    const [app] = given;
    const { refusal } = await untilRefused((number) => service.nobody().ask(`{ a${number}: __typename }`));
    expect(facts(refusal)).toEqual([429, true, [['TOO_MANY_REQUESTS', 'An address may use, without signing in, 5 ms of the server\'s time per second, and this is used up. Send the request again in N s.']]]);
    expect(await readsUsers(await member(app!, 'two'), app!)).toBe(true);
    expect(await refusalsOf('address')).toBeGreaterThan(0);
  });

  it('by the members of one app is refused, and they are answered about another app', async () => {
    const [other, app] = given;
    const members = await Promise.all(NAMES.map((name) => member(app!, name)));
    const { refusal } = await untilRefused((number) => members[number % members.length]!.ask(USERS, { appId: app!.appId }));
    expect(facts(refusal)).toEqual([429, true, [['TOO_MANY_REQUESTS', 'The members of one app may together use 15 ms of the server\'s time per second, and this is used up. Send the request again in N s.']]]);
    expect((await members[1]!.ask('{ accountCentral { accounts { totalCount } } }')).data).toEqual({ accountCentral: { accounts: { totalCount: 1 } } });
    expect(await readsUsers(await member(other!, 'three'), other!)).toBe(true);
    expect(await refusalsOf('app')).toBeGreaterThan(0);
  });

  it('by a stranger who knows an app\'s id does not use up the budget of its members', async () => {
    const [app] = given;
    for (const name of ['a', 'b']) {
      const stranger = await service.as(`stranger-${name}@example.com`);
      const { refusal } = await untilRefused(() => stranger.ask(USERS, { appId: app!.appId }));
      expect(facts(refusal)).toEqual([429, true, [['TOO_MANY_REQUESTS', expect.stringMatching(/^One person may/)]]]);
    }
    expect(await readsUsers(await member(app!, 'owner'), app!)).toBe(true);
  });
});

describe('one document', () => {
  const trial = { 'x-dry-run': 'true' };
  const many = (count: number, part: (index: number) => string): string => Array.from({ length: count }, (_, index) => part(index)).join(' ');

  it('looks into the past 10 times and no more, and has 10 mutations of a dry run and no more', async () => {
    const [, app] = given;
    const owner = await member(app!, 'owner');
    const looks = await owner.ask(`{ ${many(11, (day) => `a${day}: app(appId: "${app!.appId}", asOf: { time: "2026-01-${day + 10}T00:00:00Z" }) { name }`)} }`);
    const tries = await owner.ask(`mutation { ${many(11, (index) => `a${index}: invitePartner(input: { appId: "${app!.appId}", keapId: "p${index}@example.com", role: STANDARD }) { __typename }`)} }`, {}, trial);
    expect([looks, tries].map(({ status, data, errors: [error] }) => [status, data, error?.extensions.code, error?.message])).toEqual([
      [400, null, 'BAD_USER_INPUT', 'A document may look into the past 10 times, with "asOf" or "membershipDiff", and this one does 11 times. Send several documents.'],
      [400, null, 'BAD_USER_INPUT', 'A dry run may have 10 mutations, and this one has 11. Send several documents.'],
    ]);
  });
});
