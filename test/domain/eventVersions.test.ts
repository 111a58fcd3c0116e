import { currentVersion, type EventData, EventVersions, liftedEvent } from '../../src/domain/eventVersions';

describe('event versions', () => {
  it('are known up to the current one', () => {
    const version = currentVersion('PartnerInvited');
    const lifted = (schemaVersion: number): unknown => liftedEvent({ type: 'PartnerInvited', schemaVersion, data: {} });
    expect(lifted(version)).toEqual({ type: 'PartnerInvited', data: {} });
    for (const other of [version + 1, 0, -1, 0.5, NaN]) expect(lifted(other)).toBeUndefined();
  });

  it('are unknown for other types, including the names of object members', () => {
    for (const type of ['SomethingElse', 'constructor', 'toString', '__proto__', '']) {
      expect(liftedEvent({ type, schemaVersion: 1, data: {} })).toBeUndefined();
    }
  });

  it('are read as they are when current', () => {
    const data = { licences: 3 };
    expect(liftedEvent({ type: 'LicencesSet', schemaVersion: 1, data })).toEqual({ type: 'LicencesSet', data });
    expect(liftedEvent({ type: 'LicencesSet', schemaVersion: 2, data })).toBeUndefined();
  });

  it('have no reason where their version had no place for one', () => {
    const lifted = (type: string, data: EventData): unknown => liftedEvent({ type, schemaVersion: 1, data })?.data;
    for (const type of ['PartnerInvited', 'UserInvited', 'UserRoleChanged', 'UserRemoved']) expect(lifted(type, { userId: 'u1' })).toEqual({ userId: 'u1', reason: null });
    expect(lifted('AssigneeClosed', { userId: 'u1', reason: 'REMOVAL' })).toEqual({ userId: 'u1', reason: 'REMOVAL', removalReason: null });
    expect(lifted('ReassignmentStarted', { removal: { epoch: 1, leaveId: 'l' } })).toEqual({ removal: { epoch: 1, leaveId: 'l', reason: null } });
    expect(lifted('ReassignmentStarted', { removal: null })).toEqual({ removal: null });
  });

  it('are converted step by step when old, without changing the written data', () => {
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
    expect(['Greeted', 'Parted', 'Met'].filter((type) => versions.isKnownType(type))).toEqual(['Greeted', 'Parted']);
  });
});
