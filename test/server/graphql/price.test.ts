import { buildApiSchema } from '../../../src/resolvers/schema';
import { globalIdOf } from '../../../src/resolvers/shared/globalId';
import { DocumentLimits } from '../../../src/server/graphql/cost';
import { type DocumentPrice, type Execution, PRICES } from '../../../src/server/graphql/price';

const schema = buildApiSchema();

function priceOf(source: string, execution: Partial<Execution> = {}, limits = new DocumentLimits(schema)): DocumentPrice | string {
  const { variables = {}, operationName = null, dryRun = false } = execution;
  const measured = limits.measured(source, variables);
  if (measured === null || typeof measured === 'string') throw new Error(String(measured));
  return measured.priced.priceOf({ variables, operationName, dryRun, isNew: measured.isNew });
}

function msOf(source: string, execution: Partial<Execution> = {}, limits?: DocumentLimits): number {
  const price = priceOf(source, execution, limits);
  if (typeof price === 'string') throw new Error(price);
  return price.ms;
}

const many = (count: number, part: (index: number) => string): string => Array.from({ length: count }, (_, index) => part(index)).join(' ');
const at = (day: number): string => `{ time: "2026-01-${String(day).padStart(2, '0')}T00:00:00Z" }`;

describe('the price of a document', () => {
  it('grows with the fields of its answer', () => {
    const page = (first: number): string => `{ app(appId: "one") { users(first: ${first}) { nodes { userId name } } } }`;
    expect(msOf(page(200)) - msOf(page(50))).toBeCloseTo(150 * 2 * PRICES.field, 5);
  });

  it('includes its validation when it is new, and not when it is known', () => {
    const limits = new DocumentLimits(schema);
    const source = `{ ${many(100, (index) => `a${index}: __typename`)} }`;
    const [first, second] = [msOf(source, {}, limits), msOf(source, {}, limits)];
    expect(first - second).toBeCloseTo(PRICES.newDocument + 100 * PRICES.newSelection, 5);
  });

  it('names the app of an object that is read by its global id', () => {
    const price = priceOf('query ($id: ID!) { node(id: $id) { id } }', { variables: { id: globalIdOf('User', 'one', 'user-1') } });
    expect(price).toMatchObject({ appIds: ['one'] });
  });

  it('counts each different look into the past, wherever its moment comes from', () => {
    const app = 'query ($at: AsOf) { app(appId: "one", asOf: $at) { name } }';
    // Everything else costs less than one look.
    const looks = (source: string, variables = {}): number => Math.floor(msOf(source, { variables }) / PRICES.lookBack);
    expect([looks(app), looks(app, { at: null }), looks(app, { at: { time: '2026-01-01T00:00:00Z' } })]).toEqual([0, 0, 1]);
    expect(looks(app.replace('$at: AsOf', `$at: AsOf = ${at(1)}`))).toBe(1);
    expect(looks(`{ a: app(appId: "one", asOf: ${at(1)}) { name } b: app(appId: "one", asOf: ${at(1)}) { name } c: app(appId: "two", asOf: ${at(1)}) { name } accountCentral(asOf: ${at(1)}) { id } }`)).toBe(3);
    expect(looks(`{ membershipDiff(appId: "one", from: ${at(1)}, to: ${at(2)}) { joined { userId } } }`)).toBe(2);
    const node = (moment: string): number => looks('query ($id: ID!) { node(id: $id) { id } }', { id: globalIdOf('App', 'one', 'one', moment) });
    expect([node('@t2026-01-01T00:00:00.000Z'), node('')]).toEqual([1, 0]);
  });

  it('counts the mutations of the operation that is executed, and more for a dry run', () => {
    const source = 'query Ask { viewer { keapId } } mutation Do { ...Two } fragment Two on Mutation { a: leaveApp(input: { appId: "one", confirmAppId: "one" }) { __typename } b: leaveApp(input: { appId: "two", confirmAppId: "two" }) { __typename } }';
    const [ask, act, trial] = [msOf(source, { operationName: 'Ask' }), msOf(source, { operationName: 'Do' }), msOf(source, { operationName: 'Do', dryRun: true })];
    expect([act - ask, trial - ask]).toEqual([expect.closeTo(2 * PRICES.mutation, 5), expect.closeTo(2 * (PRICES.mutation + PRICES.dryRun), 5)]);
  });

  it('includes each list of periods of access of all apps', () => {
    const [one, all] = [msOf('{ periodsOfAccess(appIds: ["one"]) { totalCount } }'), msOf('{ periodsOfAccess { totalCount } }')];
    expect(all - one).toBeCloseTo(PRICES.everyPeriod, 5);
  });

  it('names the apps that it is for', () => {
    const apps = (source: string, variables = {}): unknown => { const price = priceOf(source, { variables }); return typeof price === 'string' ? price : price.appIds; };
    expect(apps('{ a: app(appId: "one") { name } membershipEvents(filter: { appId: "two" }) { totalCount } viewer { keapId } }')).toEqual(['one', 'two']);
    expect(apps('mutation ($input: LeaveAppInput!, $of: ID!) { leaveApp(input: $input) { __typename } x: leaveApp(input: { appId: $of, confirmAppId: "" }) { __typename } }', { input: { appId: 'three' }, of: 'four' })).toEqual(['three', 'four']);
    expect(apps('query ($among: MembershipEventFilter) { a: membershipEvents(filter: { appIds: ["one", "two"] }) { totalCount } b: membershipEvents(filter: $among) { totalCount } }', { among: { appIds: ['two', 'three', 4] } })).toEqual(['one', 'two', 'three']);
    expect(apps('query ($among: [ID!]) { a: periodsOfAccess(appIds: ["one"]) { totalCount } b: periodsOfAccess(appIds: $among) { totalCount } }', { among: ['two', 3] })).toEqual(['one', 'two']);
    expect(apps('query ($appId: ID! = "five") { app(appId: $appId) { name } }')).toEqual(['five']);
    expect(apps('query ($appId: ID!) { app(appId: $appId) { name } }', { appId: { appId: 7 } })).toEqual([]);
  });
});

describe('a document is refused, in a sentence that names the limit,', () => {
  it.each([
    ['10 looks into the past', (count: number) => `{ ${many(count, (index) => `a${index}: app(appId: "one", asOf: ${at(index + 1)}) { name }`)} }`, false, 10, 'A document may look into the past 10 times, with "asOf" or "membershipDiff", and this one does 11 times. Send several documents.'],
    ['10 mutations of a dry run', (count: number) => `mutation { ${many(count, (index) => `a${index}: leaveApp(input: { appId: "one", confirmAppId: "one" }) { __typename }`)} }`, true, 10, 'A dry run may have 10 mutations, and this one has 11. Send several documents.'],
    ['50 mutations', (count: number) => `mutation { ${many(count, (index) => `a${index}: leaveApp(input: { appId: "one", confirmAppId: "one" }) { __typename }`)} }`, false, 50, 'A document may have 50 mutations, and this one has 51. Send several documents.'],
  ])('with more than %s', (_, source, dryRun, most, sentence) => {
    expect([typeof priceOf(source(most), { dryRun }), priceOf(source(most + 1), { dryRun })]).toEqual(['object', sentence]);
  });
});
