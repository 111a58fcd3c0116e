import fc from 'fast-check';
import { comparisonKey, comparisonKeyOrNull } from '../../../../src/projections/comparisonKey';
import { normalizeKeapId } from '../../../../src/domain/keapId';
import type { ReadModelDatabase } from '../../../../src/projections/engine/database';
import { UserSearch } from '../../../../src/projections/userList/search/queries';
import { GramIndex, isExact, SEGMENT_SIZE } from '../../../../src/projections/userList/search/grams';
import { compareTexts } from '../../../../src/projections/userList/search/places';
import { USER_KINDS, USER_ROLES, USER_STATUSES, type UserFilter, type UserOrder, type UserRow } from '../../../../src/projections/userList/rows';
import { USER_LIST_DEFINITIONS, USER_LIST_TABLES } from '../../../../src/projections/userList/tables';
import { readModelsOver } from '../../../../src/projections/readModels';
import { at } from '../../eventLog';
import { ProjectedTables } from '../../projectedTables';

const NOW = at(10_000);
const { users, search: searched } = USER_LIST_TABLES;

const LETTERS = ['a', 'b', 'e', 'n', 'z', 'A', 'É', 'é', 'e\u0301', 'İ', 'i', 'ı', 'I', 'ß', 'ø', 'Ж', 'ж', '王', '𝒜', '😀', 'ﬁ', ' ', '-', '.', "'", '%', '_'];
const letters = (maxLength: number): fc.Arbitrary<string> => fc.array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength }).map((some) => some.join(''));
const texts = fc.oneof(letters(1), letters(2), letters(5), fc.constantFrom('jose', 'ipek', '@', 'example', 'example.com', 'person 1', 'person 99', 'bcher', 'bücher', 'xn--bcher', 'nobody at all', 'zz', ' Person\t'));

/** Numbers that look random and are the same in every run. */
function dice(): (below: number) => number {
  let state = 7;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

interface Member {
  readonly userId: string;
  readonly name: string | null;
  readonly keapId: string;
}

function membersOf(count: number): readonly Member[] {
  const throwDice = dice();
  const word = (): string => Array.from({ length: 1 + throwDice(4) }, () => LETTERS[throwDice(LETTERS.length)]).join('');
  return Array.from({ length: count }, (_, index) => ({
    userId: `user-${String((index * 7_919) % count).padStart(6, '0')}`,
    name: [null, `Person ${index}`, word(), `José ${word()}`, `İpek ${index}`][throwDice(5)] ?? null,
    keapId: `${index % 11 === 0 ? `${word().replace(/[^a-z]/g, '')}x` : 'p'}${index}@${index % 97 === 0 ? 'Bücher.example' : 'example.com'}`,
  }));
}

/** Adds users as the projection does. */
function add(database: ReadModelDatabase, appId: string, members: readonly Member[]): void {
  const throwDice = dice();
  database.transaction(() => {
    for (const { userId, name, keapId } of members) {
      const status = USER_STATUSES[throwDice(9)] ?? 'ACTIVE';
      const row = {
        app_id: appId, user_id: userId, keap_id: keapId, keap_id_normalized: normalizeKeapId(keapId), keap_id_key: comparisonKey(keapId), name, name_key: comparisonKeyOrNull(name),
        kind: USER_KINDS[throwDice(2)] ?? 'USER', role: USER_ROLES[throwDice(2)] ?? 'ADMIN', status,
        invited_at: throwDice(4) === 0 ? null : at(throwDice(50)), joined_at: throwDice(3) === 0 ? null : at(throwDice(50)), expires_at: ['INVITED', 'EXPIRED'].includes(status) ? at(9_990 + throwDice(20)) : null,
      };
      database.run(`INSERT INTO ${users} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row).map(() => '?').join(', ')})`, Object.values(row));
    }
  });
}

/** The expected list: all rows, filtered and sorted in memory. */
function naive(everybody: readonly UserRow[], filter: UserFilter, { field, direction }: UserOrder): string[] {
  const search = comparisonKey(filter.search ?? '').trim();
  const keyOf = (user: UserRow): string | null => ({ NAME: comparisonKeyOrNull(user.name), KEAP_ID: user.keapIdNormalized, INVITED_AT: user.invitedAt, JOINED_AT: user.joinedAt })[field];
  const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b)) * (direction === 'ASC' ? 1 : -1);
  return everybody
    .filter(({ status }) => (filter.statuses ?? ['ACTIVE', 'INVITED']).includes(status))
    .filter(({ kind, role }) => (filter.kinds ?? USER_KINDS).includes(kind) && (filter.roles ?? USER_ROLES).includes(role))
    .filter(({ name, keapId, keapIdNormalized }) => [comparisonKeyOrNull(name), comparisonKey(keapId), keapIdNormalized].some((text) => text?.includes(search)))
    .map((user) => ({ user, key: keyOf(user) }))
    .sort((a, b) => {
      if (a.key === null || b.key === null) return a.key === b.key ? compare(a.user.userId, b.user.userId) : a.key === null ? 1 : -1;
      return compare(a.key, b.key) || compare(a.user.userId, b.user.userId);
    })
    .map(({ user }) => user.userId);
}

const some = <T>(values: readonly T[]): fc.Arbitrary<T[] | null> => fc.option(fc.subarray([...values]), { nil: null, freq: 2 });
const questions = fc.record({
  filter: fc.record({ statuses: some(USER_STATUSES), kinds: some(USER_KINDS), roles: some(USER_ROLES), search: texts }),
  order: fc.record<UserOrder>({ field: fc.constantFrom('NAME', 'KEAP_ID', 'INVITED_AT', 'JOINED_AT'), direction: fc.constantFrom('ASC', 'DESC') }),
  size: fc.integer({ min: 0, max: 60 }),
  backwards: fc.boolean(),
  skipped: fc.nat(3_000),
});

const APP = 'large';
const MEMBERS = membersOf(2 * SEGMENT_SIZE + 300);

describe('searching the users of a large app', () => {
  let tables: ProjectedTables;
  beforeAll(() => {
    tables = ProjectedTables.of([], NOW);
    add(tables.database, 'other', MEMBERS.slice(0, 50));
    add(tables.database, APP, MEMBERS);
  });
  afterAll(() => { tables.close(); });

  const everybody = (): readonly UserRow[] => tables.readModels.userList.usersByIds(MEMBERS.map(({ userId }) => ({ appId: APP, userId })));

  it('finds what reading all of them finds, in every order and direction, with every filter, before and after its index is built', async () => {
    const all = everybody();
    await fc.assert(
      fc.asyncProperty(fc.array(questions, { minLength: 4, maxLength: 4 }), async (asked) => {
        for (const { filter, order, size, backwards, skipped } of asked) {
          const sorted = naive(all, filter, order);
          const { userList } = tables.readModels;
          const first = await userList.usersPage(APP, filter, order, backwards ? { last: size } : { first: size });
          expect(first.nodes.map(({ userId }) => userId)).toEqual(size === 0 ? [] : backwards ? sorted.slice(-size) : sorted.slice(0, size));
          const counted = USER_STATUSES.map((status) => ({ status, count: naive(all, { ...filter, statuses: [status] }, order).length }));
          expect(await userList.statusCounts(APP, filter)).toEqual(counted);
          expect(await userList.totalCount(APP, filter)).toBe(sorted.length);
          const place = skipped % Math.max(1, sorted.length);
          const cursor = (await cursorAt(filter, order, sorted, place));
          if (cursor === undefined) continue;
          const page = await userList.usersPage(APP, filter, order, backwards ? { last: size, before: cursor } : { first: size, after: cursor });
          const expected = backwards ? sorted.slice(Math.max(0, place - size), place) : sorted.slice(place + 1, place + 1 + size);
          expect(page.nodes.map(({ userId }) => userId)).toEqual(expected);
          expect(page.pageInfo).toMatchObject(backwards ? { hasNextPage: true, hasPreviousPage: place - size > 0 } : { hasPreviousPage: true, hasNextPage: place + 1 + size < sorted.length });
        }
      }),
      { numRuns: 25 },
    );
  });

  /** The cursor of a place, from the page that ends there. */
  async function cursorAt(filter: UserFilter, order: UserOrder, sorted: readonly string[], place: number): Promise<string | undefined> {
    let after: string | null = null;
    for (let seen = 0; seen < sorted.length; ) {
      const page: { readonly pageInfo: { readonly endCursor: string | null }; readonly edges: readonly { readonly cursor: string }[] } = await tables.readModels.userList.usersPage(APP, filter, order, { first: 200, after });
      const edge = page.edges[place - seen];
      if (edge) return edge.cursor;
      seen += page.edges.length;
      after = page.pageInfo.endCursor;
    }
    return undefined;
  }

  it('reads few rows when few match, wherever they are', async () => {
    const search = new UserSearch(tables.database);
    const find = async (text: string): Promise<number> => {
      const before = tables.database.statementCount;
      await search.counts(APP, { statuses: USER_STATUSES, kinds: USER_KINDS, roles: USER_ROLES, search: text }, text, NOW, { ms: 0 });
      return tables.database.statementCount - before;
    };
    await find('nobody at all');
    await find('nobody at all');
    await search.segments.built(APP);
    // The number of users and of changes, and those who joined since the last full segment.
    expect(await find('nobody at all')).toBe(2);
    expect(await find('person 1717')).toBe(2);
  });

  it('reads rows where an index cannot be built, because a text is damaged', async () => {
    const { database } = tables;
    const search = new UserSearch(database);
    const count = (): ReturnType<UserSearch['counts']> => search.counts(APP, { statuses: USER_STATUSES, kinds: USER_KINDS, roles: USER_ROLES, search: 'person 17' }, 'person 17', NOW, { ms: 0 });
    const before = await count();
    const [first] = database.all<{ readonly key: string | null }>(`SELECT name_key AS key FROM ${searched} WHERE app_id = ? AND number = 1`, [APP]);
    const write = (text: string, values: readonly (string | null)[]): void => { database.run(`UPDATE ${searched} SET name_key = ${text} WHERE app_id = ? AND number = 1`, [...values, APP]); };
    write("CAST(x'ff' AS TEXT)", []);
    expect(await count()).toEqual(before);
    await expect(search.segments.built(APP)).resolves.toBeUndefined();
    expect(await count()).toEqual(before);
    write('?', [first?.key ?? null]);
  });

  it('follows every change of a name and every removal once its index is built', async () => {
    const { database, readModels } = tables;
    const wanted = { search: 'quetzalcoatl', statuses: USER_STATUSES };
    const found = async (): Promise<string[]> => {
      const { userList } = readModelsOver(database, () => NOW);
      return (await userList.usersPage(APP, wanted, { field: 'NAME', direction: 'ASC' }, {})).nodes.map(({ userId }) => userId);
    };
    const [first, second] = MEMBERS;
    if (!first || !second) throw new Error('There are members.');
    await readModels.userList.usersPage(APP, wanted, { field: 'NAME', direction: 'ASC' }, {});
    const change = (userId: string, set: Readonly<Record<string, string | null>>): void => {
      database.markChanged(APP);
      database.run(`UPDATE ${users} SET ${Object.keys(set).map((column) => `${column} = ?`).join(', ')} WHERE app_id = ? AND user_id = ?`, [...Object.values(set), APP, userId]);
    };
    change(first.userId, { name: 'Quetzalcoatl', name_key: 'quetzalcoatl' });
    expect(await found()).toEqual([first.userId]);
    change(first.userId, { name: first.name, name_key: comparisonKeyOrNull(first.name) });
    change(second.userId, { keap_id_key: 'quetzalcoatl@example.com', keap_id_normalized: 'quetzalcoatl@example.com' });
    expect(await found()).toEqual([second.userId]);
    database.markChanged(APP);
    database.run(`DELETE FROM ${users} WHERE app_id = ? AND user_id = ?`, [APP, second.userId]);
    expect(await found()).toEqual([]);
    expect(database.all(`SELECT 1 FROM ${searched} WHERE app_id = ? AND (name_key LIKE '%quetz%' OR keap_id_key LIKE '%quetz%')`, [APP])).toEqual([]);
  });
});

describe('a large app that is searched while it changes', () => {
  const changes = fc.oneof(
    fc.record({ kind: fc.constantFrom(...USER_KINDS) }),
    fc.record({ role: fc.constantFrom(...USER_ROLES) }),
    fc.record({ status: fc.constantFrom(...USER_STATUSES), expires_at: fc.constantFrom(at(9_990), at(10_000), at(10_010)) }),
    fc.record({ invited_at: fc.constantFrom(null, at(3), at(60)), joined_at: fc.constantFrom(null, at(3), at(60)) }),
    letters(4).map((name) => ({ name, name_key: comparisonKey(name) })),
    fc.constant('removed' as const),
  );
  const turns = fc.record({ changed: fc.array(fc.tuple(fc.nat(2 * SEGMENT_SIZE + 299), changes), { maxLength: 6 }), question: questions });

  it('is found as it is after each change', async () => {
    const tables = ProjectedTables.of([], NOW);
    const { database, readModels: { userList } } = tables;
    add(database, APP, MEMBERS);
    for (let time = 0; time < 2; time += 1) {
      database.markChanged(APP);
      await userList.statusCounts(APP, { search: 'person' });
    }
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    await fc.assert(
      fc.asyncProperty(fc.array(turns, { minLength: 10, maxLength: 10 }), async (asked) => {
        for (const { changed, question: { filter, order, size, backwards } } of asked) {
          database.markChanged(APP);
          for (const [member, change] of changed) {
            const userId = MEMBERS[member]?.userId ?? '';
            if (change === 'removed') database.run(`DELETE FROM ${users} WHERE app_id = ? AND user_id = ?`, [APP, userId]);
            else database.run(`UPDATE ${users} SET ${Object.keys(change).map((column) => `${column} = ?`).join(', ')} WHERE app_id = ? AND user_id = ?`, [...Object.values(change), APP, userId]);
          }
          const all = userList.usersByIds(MEMBERS.map(({ userId }) => ({ appId: APP, userId })));
          const sorted = naive(all, filter, order);
          const { nodes } = await userList.usersPage(APP, filter, order, backwards ? { last: size } : { first: size });
          expect(nodes.map(({ userId }) => userId)).toEqual(size === 0 ? [] : backwards ? sorted.slice(-size) : sorted.slice(0, size));
          expect(await userList.statusCounts(APP, filter)).toEqual(USER_STATUSES.map((status) => ({ status, count: naive(all, { ...filter, statuses: [status] }, order).length })));
        }
      }),
      { numRuns: 6 },
    );
    tables.close();
  });
});

describe('texts in memory', () => {
  it('are in the order of their UTF-8', () => {
    const any = fc.string({ unit: 'binary' });
    fc.assert(fc.property(fc.oneof(fc.tuple(any, any), fc.tuple(letters(4), letters(4)), any.map((text) => [text, text] as const)), ([one, other]) => {
      expect(Math.sign(compareTexts(one, other))).toBe(Buffer.compare(Buffer.from(one), Buffer.from(other)));
    }), { numRuns: 300 });
  });
});

describe('the table that searches read', () => {
  it('is derived from rows that were written without triggers, with the users of each app side by side', () => {
    const { database } = ProjectedTables.of([], NOW);
    add(database, APP, MEMBERS);
    add(database, 'beside', MEMBERS.slice(0, 30));
    const content = (): Record<string, unknown>[] => database.all<Record<string, unknown>>(`SELECT * FROM ${searched} ORDER BY app_id, user_id`);
    const withoutNumbers = (rows: readonly Record<string, unknown>[]): unknown => rows.map((row) => ({ ...row, number: null }));
    const before = content();
    database.run(`DELETE FROM ${searched}`);
    const derived = USER_LIST_DEFINITIONS.find(({ name }) => name === users)?.derived;
    while (derived !== undefined && database.runCounting(derived.fillNext) > 0);
    expect(withoutNumbers(content())).toEqual(withoutNumbers(before));
    const numbers = (appId: string): unknown => content().filter((row) => row['app_id'] === appId).map(({ number }) => number);
    expect(numbers(APP)).toEqual([...MEMBERS.keys()]);
    expect(numbers('beside')).toEqual([...Array(30).keys()]);
    database.close();
  });
});

describe('the index of a segment', () => {
  it('has every user with the text among its candidates, nobody for a text of letters that nobody has, and nobody else for a plain text of up to three', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.option(letters(6).map(comparisonKey)), { maxLength: 3 }), { maxLength: 40 }), fc.array(texts.map((text) => comparisonKey(text).trim()).filter((text) => text !== ''), { minLength: 5, maxLength: 5 }), (given, asked) => {
        const index = new GramIndex(given.map((one, offset) => ({ offset, texts: one })));
        for (const text of asked) {
          const offsets = given.flatMap((one, offset) => (one.some((value) => value?.includes(text) === true) ? [offset] : []));
          const candidates = [...index.candidates(text)];
          expect(candidates).toEqual(isExact(text) ? offsets : expect.arrayContaining(offsets));
          expect(candidates).toEqual([...new Set(candidates)].sort((one, other) => one - other));
        }
        expect(index.candidates('qqq')).toHaveLength(0);
      }),
      { numRuns: 200 },
    );
  });
});
