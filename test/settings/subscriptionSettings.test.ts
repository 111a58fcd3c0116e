import { ConfigError, parseConfig } from '../../src/config';

describe('the limits of subscriptions', () => {
  it('are 20 for a connection, 100 for a person and 10,000 for the process, with 10 s for a message', () => {
    expect(parseConfig({})).toMatchObject({ subscriptionsPerConnection: 20, subscriptionsPerPerson: 100, subscriptionsPerProcess: 10_000, subscriptionStallMs: 10_000 });
  });

  it('can be set', () => {
    const env = { SUBSCRIPTIONS_PER_CONNECTION: '1', SUBSCRIPTIONS_PER_PERSON: '2', SUBSCRIPTIONS_PER_PROCESS: '3', SUBSCRIPTION_STALL_SECONDS: '4' };
    expect(parseConfig(env)).toMatchObject({ subscriptionsPerConnection: 1, subscriptionsPerPerson: 2, subscriptionsPerProcess: 3, subscriptionStallMs: 4_000 });
  });

  it.each(['SUBSCRIPTIONS_PER_CONNECTION', 'SUBSCRIPTIONS_PER_PERSON', 'SUBSCRIPTIONS_PER_PROCESS', 'SUBSCRIPTION_STALL_SECONDS'])('%s has to be at least 1', (name) => {
    expect(() => parseConfig({ [name]: '0' })).toThrow(ConfigError);
  });
});
