import { GLOBAL_TYPES, globalIdOf, parseGlobalId } from '../../src/resolvers/globalId';

describe('global ids', () => {
  it.each(GLOBAL_TYPES)('of %s give back what they were made of', (type) => {
    const key = { type, appId: 'gx624', id: '2f0c9a52-7a3e-4bb1-8d7e-0d3d0f2a9f11' };
    expect(parseGlobalId(globalIdOf(type, key.appId, key.id))).toEqual(key);
  });

  it('differ by type, app and id', () => {
    const ids = [globalIdOf('App', 'a1', 'a1'), globalIdOf('User', 'a1', 'a1'), globalIdOf('User', 'a1', 'b1'), globalIdOf('User', 'b1', 'a1')];
    expect(new Set(ids).size).toBe(ids.length);
  });

  const encoded = (text: string): string => Buffer.from(text).toString('base64url');

  it.each([
    ['nothing', ''],
    ['plain text', 'App:gx624:gx624'],
    ['an unknown type', encoded('Contact:gx624:c1')],
    ['too few parts', encoded('User:gx624')],
    ['too many parts', encoded('User:gx624:u1:more')],
    ['a name that every object has', encoded('constructor:gx624:u1')],
    ['an empty id', encoded('User:gx624:')],
    ['padding', `${Buffer.from('User:gx624:u1').toString('base64url')}=`],
    ['another spelling of the same bytes', `${encoded('User:gx624:u12').slice(0, -1)}${String.fromCharCode(encoded('User:gx624:u12').charCodeAt(18) + 1)}`],
    ['a very long text', encoded(`User:gx624:${'u'.repeat(1000)}`)],
  ])('are refused for %s', (_what, id) => {
    expect(parseGlobalId(id)).toBeUndefined();
  });
});
