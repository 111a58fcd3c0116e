import { join } from 'node:path';
import type * as FillThreadModule from '../../src/composition/filling/fillThread';
import { openNames } from '../../src/composition/stores';
import { parseConfig } from '../../src/config';
import { openLogToRead } from '../../src/eventstore/open';
import { formatPosition } from '../../src/eventstore/eventStore';
import { liveProjections } from '../../src/projections/allProjections';
import { ReadModelDatabase } from '../../src/projections/engine/database';
import { fillReadModels } from '../../src/projections/engine/fillReadModels';
import { contentOf } from '../projections/projectedTables';
import { GivenApp } from '../support/givenApp';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';

/** The built program: a thread loads files that Node runs as they are. */
const { fillThreadsOver } = jest.requireActual<typeof FillThreadModule>(join(__dirname, '../../dist/composition/filling/fillThread.js'));

/** As if the log were long enough for a thread. */
const FAR = formatPosition(1_000_000);

describe('a thread that fills read models', () => {
  const directory = temporaryDirectory();
  const config = parseConfig({ DATA_DIR: directory.path, AUTH_JWT_SECRET: 'a secret of more than thirty-two characters' });
  beforeAll(async () => {
    const service = await TestService.start({ env: { DATA_DIR: directory.path } });
    const app = await GivenApp.register(service);
    for (const name of ['coach', 'agency', 'consultant']) {
      const { person, token, userId } = await app.invite(name);
      await person.mutate('acceptInvitation', { token });
      await app.assign(userId, `contact of ${name}`);
    }
    await service.close();
  });
  afterAll(() => { directory.remove(); });

  const fill = async (name: string, threads: ReturnType<typeof fillThreadsOver> | null): Promise<Record<string, string[]>> => {
    const log = await openLogToRead(config);
    const store = await openNames(log.store, config);
    const file = join(directory.path, name);
    expect(await fillReadModels({ store, storeId: log.storeId, erasures: 0, projections: liveProjections, file, until: FAR, threads }, new AbortController().signal)).toBe(true);
    await store.close();
    await log.store.close();
    const database = ReadModelDatabase.open(file);
    const content = contentOf(database, liveProjections);
    database.close();
    return content;
  };

  it('reads the log with the names of people, and gives the same tables', async () => {
    const failures: unknown[] = [];
    const content = await fill('two.db', fillThreadsOver(config, (error) => failures.push(error)));
    expect(failures).toEqual([]);
    expect(content).toEqual(await fill('one.db', null));
    expect(JSON.stringify(content)).toContain('coach');
  });

  it('that cannot read the log fails, which is told, and everything is filled without it', async () => {
    const failures: unknown[] = [];
    const content = await fill('other.db', fillThreadsOver({ ...config, dataDir: join(directory.path, 'elsewhere') }, (error) => failures.push(error)));
    expect(failures).toEqual([expect.objectContaining({ message: expect.stringContaining('elsewhere') })]);
    expect(content).toEqual(await fill('one.db', null));
  });
});
