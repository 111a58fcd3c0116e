import { ACCESS_TABLE, type Access, type Relation } from '../../src/domain/access';
import { buildApiSchema } from '../../src/resolvers/schema';
import { codesOf, Following, untilFollowed } from '../support/following';
import { accessIn, SCENARIOS, type Scenario } from './accessScenarios';
import { AccessWorld, type Named } from './accessWorld';

const MAY_KNOW_OF_THE_APP: readonly Relation[] = ['STANDARD', 'PARTNER_ADMIN', 'ADMIN', 'OPERATOR', 'AUDITOR'];

/** Downloads are asked by other means, in tests of their own: accessExport, administrationExport and reviewExport. */
const isDownload = (field: string): boolean => field.startsWith('GET ');

const rows = Object.values(ACCESS_TABLE).flatMap(({ fields, access }) => fields.filter((field) => !isDownload(field)).map((field) => ({ field, access })));

describe('who may do what, over HTTP', () => {
  let world: AccessWorld;
  beforeAll(async () => {
    world = await AccessWorld.start();
  });
  afterAll(() => world.close());

  const scenarioOf = (field: string): Scenario => {
    const scenario = SCENARIOS[field];
    if (scenario === undefined) throw new Error(`${field} is not asked by anybody; add how it is asked`);
    return scenario;
  };
  const ask = (token: string | null, { query, variables }: Scenario, named: Named): ReturnType<AccessWorld['ask']> => world.ask(token, query, variables(named));

  /** An answer without the ids that the request named, so that answers about different things can be compared. */
  async function masked(token: string | null, scenario: Scenario, named: Named): Promise<string> {
    const { status, contentType, text } = await ask(token, scenario, named);
    const body = Object.entries(named).reduce((rest, [what, id]) => rest.replaceAll(id, `<${what}>`), text);
    return `${status} ${contentType ?? ''}\n${body}`;
  }

  it('has a row in the table for every query, mutation and subscription of the schema', () => {
    const schema = buildApiSchema();
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) => Object.keys(type?.getFields() ?? {}).map((name) => `${type?.name ?? ''}.${name}`));
    const known = rows.map(({ field }) => field);
    expect(roots.filter((field) => !known.includes(field))).toEqual([]);
    expect(known.filter((field) => /^(Query|Mutation|Subscription)\./.test(field) && !roots.includes(field))).toEqual([]);
    expect(new Set(known).size).toBe(known.length);
    expect(Object.keys(SCENARIOS).sort()).toEqual([...known].sort());
  });

  describe.each(rows)('$field', ({ field, access }) => {
    it('answers each caller as the table says', async () => {
      const found: Record<string, Access> = {};
      const expected: Record<string, Access> = {};
      for (const [name, { relation, token }] of Object.entries(world.callers)) {
        found[name] = accessIn((await ask(token, scenarioOf(field), world.existing)).text);
        expected[name] = access[relation];
      }
      expect(found).toEqual(expected);
    });

    it('is not answered for an invalid token', async () => {
      for (const [name, token] of Object.entries(world.wrongTokens())) {
        const { status, text } = await ask(token, scenarioOf(field), world.existing);
        expect([name, status, accessIn(text), text.includes('"data"')]).toEqual([name, 401, 'UNAUTHENTICATED', false]);
        expect(await masked(token, scenarioOf(field), world.withoutApp)).toBe(await masked(token, scenarioOf(field), world.existing));
      }
    });

    it('gives a refused caller no information about what exists', async () => {
      for (const { relation, token } of Object.values(world.callers)) {
        const answer = access[relation];
        if (answer === 'ALLOWED') continue;
        const about = await masked(token, scenarioOf(field), world.existing);
        // Whoever sees an app's users may know which there are, also where their history is not theirs to read, or an admin is not theirs to remove.
        // Operators may know which access reviews there are.
        const mayKnow = (field.startsWith('User.') && relation === 'STANDARD') || (['AccessReview.items', 'AccessReview.differences'].includes(field) && relation === 'OPERATOR');
        if (!mayKnow && relation !== 'PARTNER_ADMIN') expect(await masked(token, scenarioOf(field), world.withoutThings)).toBe(about);
        // Operators and auditors may know which apps there are.
        if (answer === 'FORBIDDEN' && MAY_KNOW_OF_THE_APP.includes(relation)) continue;
        expect(await masked(token, scenarioOf(field), world.withoutApp)).toBe(about);
      }
    });
  });

  describe.each(rows.filter(({ field }) => field.startsWith('Subscription.')))('$field by WebSocket', ({ field, access }) => {
    const follow = (token: string | null, named: Named): Following => {
      const { query, variables } = scenarioOf(field);
      return new Following('WebSocket', { url: world.service.url, token }, { query, variables: { ...variables(named) } });
    };

    it('answers each caller as the table says', async () => {
      for (const [name, { relation, token }] of Object.entries(world.callers)) {
        const told = follow(token, world.existing);
        const isAllowed = access[relation] === 'ALLOWED';
        // What is allowed and tells nothing yet is open; what is not is over.
        if (isAllowed) await untilFollowed(world.service.url, (open) => open > 0 || told.isOver);
        else await told.ended();
        const expected = { FORBIDDEN: ['FORBIDDEN'], UNAUTHENTICATED: [4403], ALLOWED: [undefined], UNKNOWN: [] }[access[relation]];
        expect([name, told.isOver, codesOf(told.error)]).toEqual([name, !isAllowed, expected]);
        told.stop();
        await untilFollowed(world.service.url, (open) => open === 0);
        if (access[relation] === 'FORBIDDEN') expect(await follow(token, world.withoutApp).ended()).toEqual(told.error);
      }
    });

    it('is not answered for an invalid token', async () => {
      for (const [name, token] of Object.entries(world.wrongTokens())) {
        expect([name, codesOf(await follow(token, world.existing).ended())]).toEqual([name, [4403]]);
      }
    });
  });

  it.each(['Query.app', 'Query.node', 'Mutation.invitePartner', 'Mutation.setAccountLabel', 'Mutation.acceptInvitation', 'Mutation.leaveApp'])(
    '%s takes as long for an app that there is as for one that there is not',
    async (field) => {
      const { token = null } = world.callers['stranger'] ?? {};
      const timeOf = async (named: Named): Promise<number> => {
        const start = performance.now();
        await ask(token, scenarioOf(field), named);
        return performance.now() - start;
      };
      const existing: number[] = [];
      const missing: number[] = [];
      for (let round = 0; round < 150; round += 1) {
        // In turns, so that whatever else the machine does falls on both alike.
        if (round % 2 === 0) existing.push(await timeOf(world.existing));
        missing.push(await timeOf(world.withoutApp));
        if (round % 2 === 1) existing.push(await timeOf(world.existing));
      }
      expect(shareOfLonger(existing, missing)).toBeGreaterThan(0.15);
      expect(shareOfLonger(existing, missing)).toBeLessThan(0.85);
    },
  );
});

/** How often one of the first takes longer than one of the second: a half where both take the same time, 0 or 1 where they can be told apart. */
function shareOfLonger(first: readonly number[], second: readonly number[]): number {
  const pairs = first.flatMap((one) => second.map((other) => one > other));
  return pairs.filter((longer) => longer).length / pairs.length;
}
