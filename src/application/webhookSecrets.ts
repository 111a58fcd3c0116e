import { createHmac } from 'node:crypto';

/** Keys of the signatures on webhooks: derived, never stored, so that any replica can make them again. */
export class WebhookSecrets {
  constructor(private readonly secretKey: Buffer) {}

  /** `whsec_` and 32 bytes in base64, as Standard Webhooks write a secret. */
  secretOf(webhookId: string): string {
    return `whsec_${createHmac('sha256', this.secretKey).update(`webhook\0${webhookId}`).digest('base64')}`;
  }
}
