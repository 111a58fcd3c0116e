import { GivenApp } from '../support/givenApp';
import type { Person } from '../support/person';
import { TestService } from '../support/testService';

const PAGE = `query ($appId: ID!, $first: Int!) { app(appId: $appId) { users(first: $first) { totalCount pageInfo { hasNextPage } nodes {
  keapId assignedContactCount invitedBy { keapId app { appId licences { used } } } invitation { status } app { name } } } } }`;

describe('a page of users', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start();
  });
  afterAll(() => service.close());

  it('costs the same number of SQL statements whatever its size', async () => {
    const app = await GivenApp.register(service);
    for (let index = 0; index < 30; index += 1) await app.join(`partner ${index}`);
    const { database } = service.running.membership;
    let asked = 0;
    const statementsFor = async (first: number): Promise<number> => {
      database.settle();
      const before = database.statementCount;
      // A text that was not sent before, since an answer that is kept costs nothing.
      const { app: answer } = await app.owner.read(`${PAGE} # ${++asked}`, { appId: app.appId, first });
      expect(answer.users.nodes).toHaveLength(first);
      return database.statementCount - before;
    };
    // Rows that every page needs, such as the app's, are read once.
    await statementsFor(1);
    await statementsFor(2);
    const small = await statementsFor(3);
    expect(await statementsFor(30)).toBe(small);
    expect(await statementsFor(30)).toBe(small - 2);
    expect(small).toBeLessThan(20);
  });

  it('costs no SQL statement when nothing has changed, whoever asks', async () => {
    const app = await GivenApp.register(service);
    const partner = await app.join('partner');
    const { database } = service.running.membership;
    const statementsFor = async (member: Person, number: number): Promise<number> => {
      // Otherwise the commit of what was applied before may come meanwhile.
      database.settle();
      const before = database.statementCount;
      await member.read(`query ($appId: ID!) { app(appId: $appId) { name users { nodes { userId keapId name kind role status joinedAt invitedBy { name } } } } } # ${number}`, { appId: app.appId });
      return database.statementCount - before;
    };
    for (const member of [app.owner, partner.person]) {
      expect(await statementsFor(member, 1)).toBeGreaterThan(0);
      expect(await statementsFor(member, 2)).toBe(0);
    }
  });
});
