import { currentVersion, isKnownEvent } from '../../src/domain/eventVersions';

describe('versions of events', () => {
  it('are known up to the one that is written today', () => {
    const version = currentVersion('PartnerInvited');
    expect(isKnownEvent('PartnerInvited', version)).toBe(true);
    expect(isKnownEvent('PartnerInvited', version + 1)).toBe(false);
  });

  it('are not known of other types, nor of what every object has', () => {
    for (const type of ['SomethingElse', 'constructor', 'toString', '__proto__', '']) expect(isKnownEvent(type, 1)).toBe(false);
  });
});
