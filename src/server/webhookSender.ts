import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { AddressNotAllowed, type OutsideAddresses } from '../application/outsideAddresses';
import { WebhookNotTaken, type OutgoingWebhook, type WebhookTransport } from '../application/webhookTransport';

const NOT_ALLOWED = 'ADDRESS_NOT_ALLOWED';

/** Posts signed events as Standard Webhooks has it. It connects to allowed addresses only, follows no redirect and reads no answer but its status. */
export class WebhookSender implements WebhookTransport {
  constructor(private readonly outside: OutsideAddresses) {}

  async send({ url, secret, messageId, body }: OutgoingWebhook, signal: AbortSignal): Promise<void> {
    const target = new URL(url);
    // No name is looked up for an address, so that it is looked at here.
    if (!this.outside.allowsHostOf(target)) throw new WebhookNotTaken(NOT_ALLOWED);
    const sentAt = new Date();
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'partner-access',
      'webhook-id': messageId,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(messageId, sentAt, body),
    };
    const status = await this.#post(target, headers, body, signal);
    if (status < 200 || status > 299) throw new WebhookNotTaken(`REFUSED ${status}`);
  }

  #post(target: URL, headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<number> {
    const request = target.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const sent = request(target, { method: 'POST', headers, agent: false, lookup: this.#lookUpAllowed, signal }, (response: IncomingMessage) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      });
      sent.on('error', (error) => { reject(new WebhookNotTaken(reasonOf(error, signal), { cause: error })); });
      sent.end(body);
    });
  }

  /** What is connected to is what was looked at: nothing is looked up again after this. */
  readonly #lookUpAllowed: LookupFunction = (hostname, { all }, callback) => {
    this.outside.addressesOf(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (!first) callback(new Error(`${hostname} leads to no address`), '');
        else if (all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => { callback(error instanceof Error ? error : new Error(String(error)), ''); },
    );
  };
}

function reasonOf(error: Error, signal: AbortSignal): string {
  if (error instanceof AddressNotAllowed) return NOT_ALLOWED;
  return signal.aborted ? 'TIMED_OUT' : 'UNREACHABLE';
}
