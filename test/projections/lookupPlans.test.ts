import { ProjectedTables } from './projectedTables';

const NOW = '2030-01-01T00:00:00.000Z';
const SOMEBODY = { personId: 'stranger', keapIdNormalized: 'stranger@elsewhere.example' };

describe('finding a person', () => {
  it('uses an index on the Keap ID and never scans the users of the app', () => {
    const { database, readModels } = ProjectedTables.of([], NOW);
    const plans: string[] = [];
    const all = database.all.bind(database);
    jest.spyOn(database, 'all').mockImplementation((sql, parameters) => {
      plans.push(...all<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, parameters).map(({ detail }) => detail));
      return all(sql, parameters);
    });
    expect(readModels.userList.userOfPerson('alpha', SOMEBODY)).toBeUndefined();
    expect(readModels.userList.unboundUsers(SOMEBODY.keapIdNormalized)).toEqual([]);
    expect(readModels.userList.outdatedApps({ ...SOMEBODY, name: 'Somebody', issuedAt: NOW })).toEqual([]);
    expect(readModels.keapIds.holderOf(SOMEBODY.keapIdNormalized)).toBeUndefined();
    expect(readModels.accountCentral.receivedInvitations(SOMEBODY)).toEqual([]);
    const searches = plans.filter((detail) => /^(?:SEARCH|SCAN) (?:u|o|user_list_v\d+_users|keap_id_bindings_v\d+_bindings)\b/.test(detail));
    expect(searches).toHaveLength(6);
    for (const detail of searches) expect(detail).toMatch(/\((?:person_id|keap_id_normalized|invited_as)=\?/);
  });
});
