/** An event as it is handed to another system. */
export interface OutgoingWebhook {
  readonly url: string;
  /** `whsec_…`, which the signature is made with. */
  readonly secret: string;
  /** the same whenever the same event is sent. */
  readonly messageId: string;
  /** JSON. */
  readonly body: string;
}

/** How events leave. */
export interface WebhookTransport {
  /** Resolves once the other side has taken the event. @throws WebhookNotTaken when it has not; what the signal's abort gives. */
  send(webhook: OutgoingWebhook, signal: AbortSignal): Promise<void>;
}

/** An event was not taken. The reason holds nothing of what the other side said, since it is kept. */
export class WebhookNotTaken extends Error {
  override readonly name = 'WebhookNotTaken';

  /** @param reason a word, and the status code where there is one: `REFUSED 503`. */
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`The event was not taken: ${reason}`, options);
  }
}
