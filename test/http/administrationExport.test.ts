import { join } from 'node:path';
import { ADMINISTRATIVE_TYPES } from '../../src/domain/administration';
import { bundleLines } from '../../src/proofs/bundle';
import { verifyBundle } from '../../src/proofs/verify/bundle';
import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import type { Json, Person } from '../support/person';
import { cliProcess } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

/** More reads than are exported at once. */
const READS = 60;

describe('GET /export/administration.ndjson', () => {
  let directory: TemporaryDirectory;
  let service: TestService;
  let auditor: Person;
  let operator: Person;
  let app: GivenApp;
  const clock = new MovableClock();
  let middle: string;
  beforeAll(async () => {
    directory = temporaryDirectory();
    service = await TestService.start({ clock, env: { DATA_DIR: join(directory.path, 'log') } });
    auditor = await service.as('auditor@example.com', 'auditor');
    operator = await service.as('operator@example.com', 'operator');
    app = await GivenApp.register(service);
    await app.join('a member');
    clock.pass(DAY_MS);
    middle = clock.now();
    await operator.mutate('setLicences', { appId: app.appId, licences: 9 });
    for (let number = 0; number < READS; number += 1) await auditor.read('query ($appId: ID!) { app(appId: $appId) { users { totalCount } } }', { appId: app.appId });
  });
  afterAll(async () => {
    await service.close();
    directory.remove();
  });

  const download = (reader: Person | null, query = ''): Promise<Response> => fetch(`${service.url}/export/administration.ndjson${query}`, { headers: reader === null ? {} : { authorization: `Bearer ${reader.token ?? ''}` } });
  const problemOf = async (response: Response): Promise<readonly [number, string]> => [response.status, ((await response.json()) as Json).error.message];
  const linesOf = (text: string): Json[] => text.trimEnd().split('\n').map((line) => JSON.parse(line));
  const typesIn = (text: string): string[] => linesOf(text).slice(1, -1).map(({ type }) => type.replace('partner-access.', ''));
  const recorded = async (): Promise<Json[]> => {
    const reads: Json[] = [];
    for await (const { type, data } of service.running.membership.store.readAll()) if (type === 'AuditorRead') reads.push(data);
    return reads.filter(({ read }) => read === 'administrationExport');
  };
  async function* bytesOf(text: string): AsyncGenerator<Buffer> {
    yield Buffer.from(text);
  }

  it('is the bundle of the command line, which verify takes: every act, reads and this one included, sealed and proved', async () => {
    const response = await download(auditor);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="administration-\d{4}-\d\d-\d\d\.ndjson"$/);
    const text = await response.text();
    const types = typesIn(text);
    expect(types.filter((type) => type !== 'AuditorRead')).toEqual(['AppRegistered', 'OwnerAdded', 'LicencesSet']);
    expect(types.length).toBeGreaterThan(READS);
    expect(types.filter((type) => !ADMINISTRATIVE_TYPES.includes(type))).toEqual([]);
    const { keyId } = linesOf(text).at(-1)!.data.seal;
    expect(await verifyBundle(bundleLines(bytesOf(text)), [keyId])).toMatchObject({ findings: [], sealedBy: keyId, events: types.length, provenEvents: types.length });
    const { position } = linesOf(text).at(-1)!.data.checkpoint.statement;
    const { code, stdout } = await cliProcess(['export', '--administration', '--checkpoint', position], { DATA_DIR: join(directory.path, 'log') }).ended;
    expect([code, stdout]).toEqual([0, text]);
  });

  it('is of a period where one is asked for, and recorded with it', async () => {
    const day = middle.slice(0, 10);
    const later = await (await download(auditor, `?from=${encodeURIComponent(middle)}`)).text();
    expect(linesOf(later)[0]!.data).toEqual({ administration: true, app: null, from: middle, to: null });
    expect(typesIn(later).filter((type) => type !== 'AuditorRead')).toEqual(['LicencesSet']);
    const earlier = await (await download(auditor, `?from=2020-01-01&to=${day}`)).text();
    expect(typesIn(earlier)).toEqual(['AppRegistered', 'OwnerAdded']);
    for (const text of [later, earlier]) expect(await verifyBundle(bundleLines(bytesOf(text)), null)).toMatchObject({ findings: [] });
    expect((await recorded()).slice(-2).map(({ appId, filter }) => ({ appId, filter }))).toEqual([{ appId: null, filter: { from: middle } }, { appId: null, filter: { from: '2020-01-01T00:00:00.000Z', to: `${day}T00:00:00.000Z` } }]);
  });

  it('is for auditors, since it has what they read; nobody else has it, and what was refused is not recorded', async () => {
    const before = (await recorded()).length;
    for (const reader of [operator, app.owner, await service.as('stranger@example.com')]) expect(await problemOf(await download(reader))).toEqual([403, expect.stringMatching(/^Only auditors can download this file/)]);
    expect((await download(null)).status).toBe(401);
    expect(await recorded()).toHaveLength(before);
  });

  it.each([
    ['?from=yesterday', 'from must be one time in RFC 3339'],
    ['?from=2026-01-01&from=2026-01-02', 'from must be one time'],
    ['?from=2026-02-01&to=2026-01-01', 'from must be before to.'],
    ['?app=gx624', 'There is no parameter "app". Known ones are from, to.'],
  ])('refuses %s', async (query, says) => {
    expect(await problemOf(await download(auditor, query))).toEqual([400, expect.stringContaining(says)]);
  });
});
