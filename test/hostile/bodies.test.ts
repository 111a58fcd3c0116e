import { GivenApp } from '../support/givenApp';
import type { Answer } from '../support/person';
import { TestService } from '../support/testService';
import { inTurns } from './cpu';

let service: TestService;
let app: GivenApp;
beforeAll(async () => {
  service = await TestService.start();
  app = await GivenApp.register(service);
});
afterAll(() => service.close());

const QUERY = '{ viewer { keapId } }';
const LEVELS = 120_000;
const OBJECTS = `[${Array.from({ length: 27_000 }, () => '{"a":{}}').join(',')}]`;
const bodyWith = (variable: string): string => `{"query":${JSON.stringify(QUERY)},"variables":{"a":${variable}}}`;

const send = (body: string): Promise<Response> =>
  fetch(`${service.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${app.owner.token}` }, body });
const refusalOf = async (body: string): Promise<unknown> => {
  const response = await send(body);
  const { errors: [error] = [] } = (await response.json()) as Partial<Answer>;
  return [response.status, error?.extensions.code, error?.message];
};

/** Milliseconds that were charged to people for some work. */
async function chargedFor(work: () => Promise<unknown>): Promise<number> {
  const charged = async (): Promise<number> => Number(/^work_seconds_total\{kind="person"\} (\S+)$/m.exec(await (await fetch(`${service.url}/metrics`)).text())?.[1]);
  const before = await charged();
  await work();
  return (await charged()) - before;
}

describe('a request body', () => {
  it('that is nested deeply is refused, at a cost near that of an ordinary request', async () => {
    const deep = bodyWith('['.repeat(LEVELS) + ']'.repeat(LEVELS));
    expect(await refusalOf(deep)).toEqual([400, 'BAD_USER_INPUT', 'Lists and objects in the request body may be nested 100 levels deep.']);
    const ordinary = bodyWith('1');
    const inOne = (body: string) => async (): Promise<void> => { await (await send(body)).text(); };
    const cpu = await inTurns(9, { deep: inOne(deep), ordinary: inOne(ordinary) });
    expect(cpu.deep / cpu.ordinary).toBeLessThan(8);
  });

  it('may have brackets in its texts, and lists side by side', async () => {
    const text = JSON.stringify(`${'[{'.repeat(200)}\\"`);
    const sideBySide = `[${Array.from({ length: 300 }, () => '[]').join(',')}]`;
    expect([(await send(bodyWith(text))).status, (await send(bodyWith(sideBySide))).status, (await send(bodyWith('['.repeat(98) + ']'.repeat(98)))).status]).toEqual([200, 200, 200]);
  });

  it('is charged for what reading it costs, also when it is no JSON', async () => {
    const bodies = { ordinary: bodyWith('1'), large: bodyWith(OBJECTS), broken: bodyWith(`${OBJECTS},,`), nothing: ',,' };
    const charged = { ordinary: Infinity, large: Infinity, broken: Infinity, nothing: Infinity };
    // The least of several, in turns: whatever else the process does meanwhile only adds to a charge.
    for (let round = 0; round < 5; round += 1) {
      for (const kind of ['ordinary', 'large', 'broken', 'nothing'] as const) charged[kind] = Math.min(charged[kind], await chargedFor(() => refusalOf(bodies[kind])));
    }
    expect(charged.large).toBeGreaterThan(2 * charged.ordinary);
    expect(charged.broken).toBeGreaterThan(4 * charged.nothing);
  });
});
