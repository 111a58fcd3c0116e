import { startServiceProcess, type ServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';

const directory = temporaryDirectory();
let service: ServiceProcess;
beforeAll(async () => {
  // With the smallest limit, every burst is an overload.
  service = await startServiceProcess(directory.path, { OVERLOAD_DELAY_MS: '1', UNSIGNED_REQUESTS_PER_MINUTE: '0', WORK_PER_PERSON: '0' });
});
afterAll(async () => {
  service.program.kill('SIGTERM');
  await service.program.ended;
  directory.remove();
});

describe('more requests than can be answered in time', () => {
  it('are refused at once with 503 and when to come back, others are answered, and so is the question whether the service lives', async () => {
    const person = await service.as('person@example.com');
    const burst = async (): Promise<void> => { answers.push(...await Promise.all(Array.from({ length: 600 }, () => person.ask('{ viewer { keapId } }')))); };
    const answers: Awaited<ReturnType<typeof person.ask>>[] = [];
    const first = burst();
    const live = fetch(`${service.url}/health/live`);
    await first;
    const refusedOf = (): typeof answers => answers.filter(({ status }) => status === 503);
    // On a busy machine the requests may come too slowly to wait for each other.
    while (refusedOf().length === 0) await burst();
    const refused = refusedOf();
    const facts = new Set(refused.map(({ headers, errors: [error] }) => `${['1', '2', '3'].includes(headers.get('retry-after') ?? '')} ${error?.extensions.code} ${error?.message}`));
    expect([refused.length > 0, facts]).toEqual([true, new Set(['true OVERLOADED The server has more requests than it can answer in time. Send the same request again later.'])]);
    expect([new Set(answers.map(({ status }) => status)), (await live).status]).toEqual([new Set([200, 503]), 200]);
    expect((await person.ask('{ viewer { keapId } }')).status).toBe(200);
    const [, count] = /^overload_refusals_total (\d+)$/m.exec(await (await fetch(`${service.url}/metrics`)).text()) ?? [];
    expect(Number(count)).toBe(refused.length);
  });
});
