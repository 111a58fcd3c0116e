import type { SettingsReader } from './settingsReader';

/** How much may be followed at once. */
export interface SubscriptionSettings {
  /** by one WebSocket. */
  readonly subscriptionsPerConnection: number;
  /** by one person; also how many WebSockets they may have. */
  readonly subscriptionsPerPerson: number;
  /** from this process; also how many WebSockets it has. */
  readonly subscriptionsPerProcess: number;
  /** So long a reader may take for one message. */
  readonly subscriptionStallMs: number;
}

const MAX_PER_CONNECTION = 1_000;
const MAX_AT_ONCE = 100_000;
const MAX_STALL_SECONDS = 600;

/** What holds where nothing is set. */
export const SUBSCRIPTION_DEFAULTS: SubscriptionSettings = {
  subscriptionsPerConnection: 20,
  subscriptionsPerPerson: 100,
  subscriptionsPerProcess: 10_000,
  subscriptionStallMs: 10_000,
};

/** Reads the limits of subscriptions; what is wrong is noted with the reader. */
export function parseSubscriptionSettings(read: SettingsReader): SubscriptionSettings {
  const { subscriptionsPerConnection, subscriptionsPerPerson, subscriptionsPerProcess, subscriptionStallMs } = SUBSCRIPTION_DEFAULTS;
  return {
    subscriptionsPerConnection: read.wholeNumber('SUBSCRIPTIONS_PER_CONNECTION', subscriptionsPerConnection, 1, MAX_PER_CONNECTION),
    subscriptionsPerPerson: read.wholeNumber('SUBSCRIPTIONS_PER_PERSON', subscriptionsPerPerson, 1, MAX_AT_ONCE),
    subscriptionsPerProcess: read.wholeNumber('SUBSCRIPTIONS_PER_PROCESS', subscriptionsPerProcess, 1, MAX_AT_ONCE),
    subscriptionStallMs: read.wholeNumber('SUBSCRIPTION_STALL_SECONDS', subscriptionStallMs / 1000, 1, MAX_STALL_SECONDS) * 1000,
  };
}
