import { meteredModels } from '../../src/composition/meteredModels';
import { APP_ID, at, EventLog } from '../projections/eventLog';
import { ProjectedTables } from '../projections/projectedTables';

describe('read models that report their work', () => {
  it('report a query at once, and a search when it has ended, with the time of all of its steps', async () => {
    const log = new EventLog();
    log.register();
    for (const name of ['ann', 'bob']) log.join(name, { name });
    const tables = ProjectedTables.of(log.events, at(99));
    const work: number[] = [];
    const { userList, people } = meteredModels(tables.readModels, { worked: (ms) => { work.push(ms); } });
    userList.app(APP_ID);
    expect(work).toHaveLength(1);
    const readings = [
      userList.usersPage(APP_ID, { search: 'an' }, { field: 'NAME', direction: 'ASC' }, {}),
      userList.statusCounts(APP_ID, { search: 'an' }),
      userList.totalCount(APP_ID, { search: 'an' }),
      people.activeRoles(APP_ID),
    ];
    expect(work).toHaveLength(1);
    for (const reading of readings) await reading;
    expect(work).toHaveLength(1 + readings.length);
    for (const ms of work) expect(ms).toBeGreaterThan(0);
    await expect(userList.usersPage(APP_ID, { search: 'an' }, { field: 'NAME', direction: 'ASC' }, { first: -1 })).rejects.toThrow();
    expect(work).toHaveLength(2 + readings.length);
    tables.close();
  });
});
