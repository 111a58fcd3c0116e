import { GLOBAL_TYPES, globalIdOf, momentSuffix, parseGlobalId } from '../../../src/resolvers/shared/globalId';

describe('global ids', () => {
  it.each(GLOBAL_TYPES)('of %s parse to the parts that they were built from', (type) => {
    const key = { type, appId: 'gx624', id: '2f0c9a52-7a3e-4bb1-8d7e-0d3d0f2a9f11' };
    expect(parseGlobalId(globalIdOf(type, key.appId, key.id))).toEqual({ ...key, moment: null });
  });

  it.each([{ time: '2026-01-31T09:30:00.250Z' }, { position: '0000000000000017' }, { position: '00000000000000000001-00000000000000000017' }])('with the moment %j parse to it', (moment) => {
    const id = globalIdOf('ReceivedInvitation', 'a-rather-long-app-id-of-forty-characters', '2f0c9a52-7a3e-4bb1-8d7e-0d3d0f2a9f11', momentSuffix(moment));
    expect(parseGlobalId(id)).toEqual({ type: 'ReceivedInvitation', appId: 'a-rather-long-app-id-of-forty-characters', id: '2f0c9a52-7a3e-4bb1-8d7e-0d3d0f2a9f11', moment });
  });

  it('of the present are what they were before ids had moments', () => {
    expect(globalIdOf('User', 'gx624', 'u1')).toBe(Buffer.from('User:gx624:u1').toString('base64url'));
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
    ['an actor, whom no query reads', encoded('Actor:gx624:MEMBER-p1')],
    ['a moment of no kind', encoded('User:gx624:u1@2026-01-31T09:30:00.000Z')],
    ['an empty moment', encoded('User:gx624:u1@p')],
    ['a time that is none', encoded('User:gx624:u1@t2026-02-30T09:30:00.000Z')],
    ['a time in another spelling', encoded('User:gx624:u1@t2026-01-31T09:30:00Z')],
    ['a position that is none', encoded('User:gx624:u1@p1.5')],
    ['an empty id', encoded('User:gx624:')],
    ['padding', `${Buffer.from('User:gx624:u1').toString('base64url')}=`],
    ['another spelling of the same bytes', `${encoded('User:gx624:u12').slice(0, -1)}${String.fromCharCode(encoded('User:gx624:u12').charCodeAt(18) + 1)}`],
    ['a very long text', encoded(`User:gx624:${'u'.repeat(1000)}`)],
  ])('are refused for %s', (_what, id) => {
    expect(parseGlobalId(id)).toBeUndefined();
  });
});
