import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Projection, RowChange } from '../../src/projections/engine/projection';
import { digestOf } from '../../src/projections/engine/differences';
import { ProjectionRunner } from '../../src/projections/engine/runner';
import { ReadModelDatabase } from '../../src/projections/engine/database';
import { liveProjections } from '../../src/projections/allProjections';
import { olderVersion } from '../projections/olderVersion';
import { GivenApp } from '../support/givenApp';
import { applyAll, filledBy, lengthen } from '../support/olderReadModels';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';

const CONTACTS = 5_002;

/** As a release with a fault would have shown names. */
const shouted = (changes: readonly RowChange[]): readonly RowChange[] => JSON.parse(JSON.stringify(changes).replace(/"name":"Olivia Owner"/g, '"name":"OLIVIA OWNER"')) as RowChange[];

describe('read models of another release', () => {
  let service: TestService;
  let app: GivenApp;
  beforeEach(async () => {
    service = await TestService.start();
    app = await GivenApp.register(service);
    const { userId } = await app.join('partner');
    await app.assign(userId, 'c1', 'c2');
    await app.invite('invited');
    await service.running.close();
  });
  afterEach(() => service.close());

  const versions = (): readonly number[] => service.running.membership.projector.status().projections.map(({ version }) => version);
  const isRebuilt = (): boolean => versions().every((version) => version > 0);
  const digests = async (database: ReadModelDatabase): Promise<Json> => Promise.all(liveProjections.map(async (one) => ({ projection: one.name, ...(await digestOf(database, one)) })));
  const digestsFromZero = async (): Promise<Json> => {
    const database = ReadModelDatabase.open(':memory:');
    const runner = new ProjectionRunner(database, liveProjections, 'replay');
    await applyAll(runner, service.running.membership.store);
    const found = await digests(database);
    database.close();
    return found;
  };

  it('answer and stay current while new ones are filled beside them; clients notice only the corrected data', async () => {
    await lengthen(service.dataDir, `contacts-${app.appId}`, CONTACTS - 2);
    await filledBy(service.dataDir, liveProjections.map((one) => olderVersion(one, shouted)));
    await service.restart();
    const auditor = await service.as('auditor@example.com', 'auditor');
    const owner = await service.as(app.owner.keapId);
    const messages = async (): Promise<number> => ((await (await fetch(`${service.url}/dev/outbox`, { headers: { accept: 'application/json' } })).json()) as Json[]).length;
    const sentBefore = await messages();
    const answers: { readonly names: readonly string[]; readonly goesBack: boolean; readonly old: boolean }[] = [];
    const failures: unknown[] = [];
    let written = 0;
    const ask = async (): Promise<void> => {
      const [old, least] = [!isRebuilt(), CONTACTS + written];
      const query = 'query ($appId: ID!) { app(appId: $appId) { users(orderBy: { field: JOINED_AT, direction: ASC }) { totalCount nodes { name assignedContactCount } } } }';
      const { data, errors, status } = await auditor.ask(query, { appId: app.appId });
      if (errors.length > 0 || status !== 200) failures.push(errors);
      else {
        const { nodes } = data.app.users;
        const count = nodes.reduce((sum: number, { assignedContactCount }: Json) => sum + Number(assignedContactCount), 0);
        answers.push({ names: nodes.map(({ name }: Json) => name), goesBack: count < least, old });
      }
    };
    const write = async (): Promise<void> => {
      const { users } = (await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { userId status } } } }', { appId: app.appId })).app;
      const { __typename } = await owner.mutate('assignContacts', { appId: app.appId, userId: users.nodes.find(({ status }: Json) => status === 'ACTIVE').userId, contactIds: [`w${written}`] });
      if (__typename !== 'AssignContactsSuccess') failures.push(__typename);
      written += 1;
    };
    while (!isRebuilt()) await Promise.all([ask(), ask(), write()]);
    await Promise.all([ask(), write()]);
    await ask();

    expect(failures).toEqual([]);
    expect(answers.filter(({ old }) => old).length).toBeGreaterThan(1);
    expect(answers[0]?.names[0]).toBe('OLIVIA OWNER');
    expect(answers.at(-1)?.names[0]).toBe('Olivia Owner');
    expect(answers.filter(({ goesBack }) => goesBack)).toEqual([]);
    await service.running.membership.caughtUp(10_000);
    expect(await digests(service.running.membership.database)).toEqual(await digestsFromZero());
    expect(await messages()).toBe(sentBefore);
    expect(existsSync(join(service.dataDir, 'readmodels.db'))).toBe(false);
    await service.restart();
    expect(isRebuilt()).toBe(true);
    expect(await digests(service.running.membership.database)).toEqual(await digestsFromZero());
  });

  it('with other tables are filled from the start before anything is answered', async () => {
    const withColumn = (projection: Projection): Projection => ({ ...projection, tables: projection.tables.map((table) => ({ ...table, columns: { ...table.columns, former: 'TEXT' } })) });
    await filledBy(service.dataDir, liveProjections.map((one) => withColumn(olderVersion(one, shouted))));
    await service.restart();
    expect(isRebuilt()).toBe(true);
    const auditor = await service.as('auditor@example.com', 'auditor');
    const { app: answered } = await auditor.read('query ($appId: ID!) { app(appId: $appId) { users { totalCount } } }', { appId: app.appId });
    expect(answered.users.totalCount).toBe(3);
    expect(await digests(service.running.membership.database)).toEqual(await digestsFromZero());
  });

  it('continue to be filled at the next start when the service ended before', async () => {
    await lengthen(service.dataDir, `contacts-${app.appId}`, CONTACTS - 2);
    await filledBy(service.dataDir, liveProjections.map((one) => olderVersion(one)));
    await service.restart();
    await service.running.close();
    await service.restart();
    while (!isRebuilt()) await pause(5);
    expect(await digests(service.running.membership.database)).toEqual(await digestsFromZero());
  });
});
