import { isIP } from 'node:net';
import type { SettingsReader } from './settingsReader';

/** How events are sent to other systems. */
export interface WebhookSettings {
  /** after so many an event is put aside, and the webhook goes on. */
  readonly webhookTries: number;
  /** the pause after the first try; each further one is four times as long. */
  readonly webhookRetryMs: number;
  /** how long one try may take. */
  readonly webhookTimeoutMs: number;
  /** networks that events may be sent to although they are not public, such as 10.1.0.0/16. */
  readonly webhookAllowedNetworks: readonly string[];
}

/** Reads the settings of webhooks; what is wrong is noted with the reader. */
export function parseWebhookSettings(read: SettingsReader): WebhookSettings {
  return {
    webhookTries: read.wholeNumber('WEBHOOK_TRIES', 8, 1, 20),
    webhookRetryMs: read.wholeNumber('WEBHOOK_RETRY_SECONDS', 10, 1, 3_600) * 1_000,
    webhookTimeoutMs: read.wholeNumber('WEBHOOK_TIMEOUT_SECONDS', 10, 1, 60) * 1_000,
    webhookAllowedNetworks: parseNetworks(read),
  };
}

function parseNetworks(read: SettingsReader): readonly string[] {
  const networks = (read.text('WEBHOOK_ALLOWED_NETWORKS') ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
  for (const network of networks) {
    if (!isNetwork(network)) read.problem('WEBHOOK_ALLOWED_NETWORKS', `must be networks such as 10.1.0.0/16,fd00::/8, and ${JSON.stringify(network)} is none.`);
  }
  return networks;
}

function isNetwork(text: string): boolean {
  const [address = '', bits = '', more] = text.split('/');
  const version = isIP(address);
  return version !== 0 && more === undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}
