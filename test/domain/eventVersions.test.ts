import { currentVersion, EventVersions, isKnownEvent, liftedEvent } from '../../src/domain/eventVersions';

describe('versions of events', () => {
  it('are known up to the one that is written today', () => {
    const version = currentVersion('PartnerInvited');
    expect(isKnownEvent('PartnerInvited', version)).toBe(true);
    for (const other of [version + 1, 0, -1, 0.5, NaN]) expect(isKnownEvent('PartnerInvited', other)).toBe(false);
  });

  it('are not known of other types, nor of what every object has', () => {
    for (const type of ['SomethingElse', 'constructor', 'toString', '__proto__', '']) {
      expect(isKnownEvent(type, 1)).toBe(false);
      expect(liftedEvent({ type, schemaVersion: 1, data: {} })).toBeUndefined();
    }
  });

  it('of today are taken as they are', () => {
    const data = { licences: 3 };
    expect(liftedEvent({ type: 'LicencesSet', schemaVersion: 1, data })).toEqual({ type: 'LicencesSet', data });
    expect(liftedEvent({ type: 'LicencesSet', schemaVersion: 2, data })).toBeUndefined();
  });

  it('of the past are lifted step by step, each step once, without touching what was written', () => {
    const versions = new EventVersions<'Greeted' | 'Parted'>({
      Greeted: [({ who, ...rest }) => ({ ...rest, name: who }), (data) => ({ ...data, politely: true })],
      Parted: [],
    });
    expect([versions.current('Greeted'), versions.current('Parted')]).toEqual([3, 1]);
    const first = Object.freeze({ who: 'Ann', at: 'noon' });
    expect(versions.lifted({ type: 'Greeted', schemaVersion: 1, data: first })).toEqual({ name: 'Ann', at: 'noon', politely: true });
    expect(versions.lifted({ type: 'Greeted', schemaVersion: 2, data: { name: 'Ann' } })).toEqual({ name: 'Ann', politely: true });
    expect(versions.lifted({ type: 'Greeted', schemaVersion: 3, data: { name: 'Ann', politely: false } })).toEqual({ name: 'Ann', politely: false });
    expect(versions.lifted({ type: 'Greeted', schemaVersion: 4, data: {} })).toBeUndefined();
    expect(versions.types).toEqual(['Greeted', 'Parted']);
  });
});
