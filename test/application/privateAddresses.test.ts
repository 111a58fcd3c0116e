import { PrivateAddressGuard } from '../../src/application/privateAddresses';

describe('PrivateAddressGuard', () => {
  const guard = new PrivateAddressGuard([]);

  it.each(['1.1.1.1', '8.8.8.8', '172.15.255.255', '172.32.0.0', '192.167.1.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e'])('allows the public address %s', (address) => {
    expect(guard.allows(address)).toBe(true);
  });

  it.each([
    '127.0.0.1', '127.255.255.254', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '198.18.0.1', '192.0.2.1',
    '::1', '::', 'fc00::1', 'fdff:ffff::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:7f00:1::', '2001:db8::1',
    'localhost', '', '127.1',
  ])('refuses %s', (address) => {
    expect(guard.allows(address)).toBe(false);
  });

  it.each(['http://127.0.0.1/', 'http://0x7f.1/', 'http://2130706433/', 'http://017700000001/', 'http://[::1]/', 'http://[::ffff:127.0.0.1]/', 'http://[fe80::1]/', 'http://169.254.169.254/latest', 'http://0/'])('refuses the host of %s', (url) => {
    expect(guard.allowsHostOf(new URL(url))).toBe(false);
  });

  it('passes host names, which are checked when they are resolved', () => {
    expect(guard.allowsHostOf(new URL('https://hooks.example.com/'))).toBe(true);
  });

  it('allows the private networks in the settings and no others', () => {
    const allowing = new PrivateAddressGuard(['127.0.0.0/8', 'fd00::/8']);
    expect(['127.0.0.1', 'fd12::1', '8.8.8.8'].map((address) => allowing.allows(address))).toEqual([true, true, true]);
    expect(['10.0.0.1', '::1', 'fc00::1', '0.0.0.0'].map((address) => allowing.allows(address))).toEqual([false, false, false, false]);
  });
});
