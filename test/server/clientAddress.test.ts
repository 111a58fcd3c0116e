import { recordedTrace } from '../../src/server/clientAddress';

describe('the address of a client', () => {
  it.each([
    ['203.0.113.77', '203.0.113.0/24', '203.0.113.77'],
    ['::ffff:203.0.113.77', '203.0.113.0/24', '203.0.113.77'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48', '2001:db8:1:2:3:4:5:6'],
    ['2001:db8::6', '2001:db8:0::/48', '2001:db8::6'],
  ])('%s is recorded as its network %s, in full, or not at all', (clientAddress, network, full) => {
    const trace = { correlationId: 'one', clientName: 'console' };
    expect(recordedTrace({ ...trace, clientAddress }, 'truncated')).toEqual({ ...trace, clientAddress: network });
    expect(recordedTrace({ ...trace, clientAddress }, 'full')).toEqual({ ...trace, clientAddress: full });
    expect(recordedTrace({ ...trace, clientAddress }, 'off')).toEqual(trace);
  });

  it('is not recorded where it is none', () => {
    expect(recordedTrace({ correlationId: 'one', clientAddress: 'somewhere' }, 'truncated')).toEqual({ correlationId: 'one' });
    expect(recordedTrace({ correlationId: 'one' }, 'full')).toEqual({ correlationId: 'one' });
  });
});
