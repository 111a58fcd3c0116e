import fc from 'fast-check';
import { InvalidCursor, InvalidPage, parsePage, decodeCursor, encodeCursor, queryDigest } from '../../../src/projections/paging/page';
import { APP_ID, at, EventLog } from '../eventLog';
import { ProjectedTables } from '../projectedTables';

describe('a cursor', () => {
  it('is opaque, and decodes to its place', () => {
    fc.assert(
      fc.property(fc.option(fc.string({ unit: 'grapheme' }), { nil: null }), fc.string(), (key, id) => {
        const digest = queryDigest('users', APP_ID);
        const cursor = encodeCursor(digest, { key, id });
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeCursor(digest, cursor)).toEqual({ key, id });
      }),
    );
  });

  it('is refused when it is forged or damaged', () => {
    const digest = queryDigest('users', APP_ID);
    const wrong = (parts: unknown): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
    for (const cursor of ['', 'x', 'null', '💥', wrong(null), wrong({}), wrong([digest]), wrong([digest, 1, 'a']), wrong([digest, null, null]), wrong(['other', null, 'a']), 'A'.repeat(5_000)]) {
      expect(() => decodeCursor(digest, cursor)).toThrow(InvalidCursor);
    }
  });

  it('belongs to one app, filter and order', async () => {
    const log = new EventLog();
    log.register();
    log.register('other');
    const { userList } = ProjectedTables.of(log.events, at(100)).readModels;
    const order = { field: 'NAME', direction: 'ASC' } as const;
    const after = userList.usersPage(APP_ID, {}, order, {}).pageInfo.endCursor;
    const page = (...[appId, filter, itsOrder]: [string, object, Parameters<typeof userList.usersPage>[2]]) => () => userList.usersPage(appId, filter, itsOrder, { after });
    expect(page('other', {}, order)).toThrow(InvalidCursor);
    await expect(page(APP_ID, { search: 'x' }, order)()).rejects.toThrow(InvalidCursor);
    expect(page(APP_ID, { roles: ['ADMIN'] }, order)).toThrow(InvalidCursor);
    expect(page(APP_ID, {}, { field: 'NAME', direction: 'DESC' })).toThrow(InvalidCursor);
    expect(page(APP_ID, {}, { field: 'KEAP_ID', direction: 'ASC' })).toThrow(InvalidCursor);
    expect(() => userList.appsPage({ after })).toThrow(InvalidCursor);
    expect(page(APP_ID, { statuses: ['INVITED', 'ACTIVE', 'ACTIVE'], kinds: null, search: '' }, order)()).toMatchObject({ nodes: [] });
  });
});

describe('paging arguments', () => {
  it('default to the first 50 rows', () => {
    expect(parsePage({ first: null })).toEqual({ limit: 50, backwards: false, after: null, before: null });
    expect(parsePage({ last: 200, before: 'b' })).toEqual({ limit: 200, backwards: true, after: null, before: 'b' });
  });

  it('are refused with the violated bound', () => {
    for (const size of [-1, 201, 1.5, Number.NaN]) expect(() => parsePage({ first: size })).toThrow(/"first" must be a whole number from 0 to 200/);
    expect(() => parsePage({ last: 201 })).toThrow(/"last" must be a whole number from 0 to 200, not 201/);
    expect(() => parsePage({ first: 1, last: 1 })).toThrow(InvalidPage);
  });
});
