import { AddressLimit, networkOf } from '../../src/server/limits';

describe('a limit by address', () => {
  const start = 1_000_000;
  let now = start;
  const limit = (perMinute: number, maxAddresses?: number): AddressLimit => new AddressLimit({ perMinute, now: () => now, ...(maxAddresses === undefined ? {} : { maxAddresses }) });
  beforeEach(() => {
    now = start;
  });

  it('lets as many through as it says, and then one after the other', () => {
    const some = limit(6);
    expect(Array.from({ length: 8 }, () => some.take('192.0.2.1'))).toEqual([0, 0, 0, 0, 0, 0, 10, 10]);
    now += 9_999;
    expect(some.take('192.0.2.1')).toBe(1);
    now += 1;
    expect([some.take('192.0.2.1'), some.take('192.0.2.1')]).toEqual([0, 10]);
    now += 120_000;
    expect(Array.from({ length: 7 }, () => some.take('192.0.2.1')).filter((seconds) => seconds === 0)).toHaveLength(6);
  });

  it('counts each address by itself', () => {
    const some = limit(1);
    expect([some.take('192.0.2.1'), some.take('192.0.2.2'), some.take('192.0.2.1') > 0]).toEqual([0, 0, true]);
  });

  it('tells without counting', () => {
    const some = limit(1);
    expect([some.wait('192.0.2.1'), some.wait('192.0.2.1'), some.take('192.0.2.1'), some.wait('192.0.2.1')]).toEqual([0, 0, 0, 60]);
  });

  it('counts a /48 network of IPv6 as four addresses, and one that has used that up does not make it forget others', () => {
    const some = limit(2, 50);
    some.take('192.0.2.1');
    some.take('192.0.2.1');
    const taken = Array.from({ length: 1_000 }, (_, index) => some.take(`2001:db8:7:${index.toString(16)}::1`));
    expect([taken.filter((seconds) => seconds === 0).length, some.wait('192.0.2.1') > 0]).toEqual([8, true]);
    expect([some.take('2001:db8:7:aaaa::1') > 0, some.take('2001:db8:8::1')]).toEqual([true, 0]);
  });

  it('takes back', () => {
    const some = limit(2);
    some.take('192.0.2.1');
    some.giveBack('192.0.2.1');
    some.giveBack('192.0.2.1');
    expect([some.take('192.0.2.1'), some.take('192.0.2.1'), some.take('192.0.2.1')]).toEqual([0, 0, 30]);
  });

  it('is none when it is 0', () => {
    const none = limit(0);
    expect(Array.from({ length: 1000 }, () => none.take('192.0.2.1')).every((seconds) => seconds === 0)).toBe(true);
    expect(none.wait('192.0.2.1')).toBe(0);
  });

  it('forgets the address heard of longest ago when there are too many', () => {
    const some = limit(1, 2);
    some.take('192.0.2.1');
    some.take('192.0.2.2');
    some.take('192.0.2.3');
    expect([some.wait('192.0.2.3') > 0, some.wait('192.0.2.2') > 0, some.wait('192.0.2.1')]).toEqual([true, true, 0]);
  });

  it('is not refilled by a clock that goes back', () => {
    const some = limit(1);
    some.take('192.0.2.1');
    now -= 600_000;
    expect(some.take('192.0.2.1')).toBe(60);
  });
});

describe('what counts as one address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1::', '2001:db8:1:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['nonsense', 'unknown'],
    [undefined, 'unknown'],
  ])('%s is of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
