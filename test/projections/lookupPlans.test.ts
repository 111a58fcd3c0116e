import { ProjectedTables } from './projectedTables';

const NOW = '2030-01-01T00:00:00.000Z';
const SOMEBODY = { personId: 'stranger', keapIdNormalized: 'stranger@elsewhere.example' };

describe('finding a person', () => {
  it('looks the address up, and never reads through the users of the app', () => {
    const { database, readModels } = ProjectedTables.of([], NOW);
    const plans: string[] = [];
    const all = database.all.bind(database);
    jest.spyOn(database, 'all').mockImplementation((sql, parameters) => {
      plans.push(...all<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, parameters).map(({ detail }) => detail));
      return all(sql, parameters);
    });
    expect(readModels.userList.userOfPerson('alpha', SOMEBODY)).toBeUndefined();
    expect(readModels.userList.unboundUsers(SOMEBODY.keapIdNormalized)).toEqual([]);
    const searches = plans.filter((detail) => /^(?:SEARCH|SCAN) u\b/.test(detail));
    expect(searches).toHaveLength(3);
    for (const detail of searches) expect(detail).toMatch(/\((?:person_id|keap_id_normalized)=\?/);
  });
});
