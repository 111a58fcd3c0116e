import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from './person';

/** A request as the other system got it. */
export interface ReceivedWebhook {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly json: Json;
}

/** What the other system answers: a status, or a promise of one. */
export type Answering = (received: ReceivedWebhook) => number | Promise<number>;

/** Another system on a free port, which takes webhooks and can be told to refuse, to wait or to point elsewhere. */
export class WebhookReceiver {
  readonly arrived: ReceivedWebhook[] = [];
  answer: Answering = () => 204;
  /** Greatest number of concurrent requests. */
  mostAtOnce = 0;
  #underWay = 0;
  readonly #waiting = new Set<() => void>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts).toString('utf8');
        const received = { id: String(request.headers['webhook-id']), headers: request.headers, body, json: body === '' ? null : JSON.parse(body) };
        this.arrived.push(received);
        this.#underWay += 1;
        this.mostAtOnce = Math.max(this.mostAtOnce, this.#underWay);
        response.once('close', () => (this.#underWay -= 1));
        for (const look of this.#waiting) look();
        void Promise.resolve(this.answer(received)).then((status) => {
          response.writeHead(status, status === 302 ? { location: `${this.url}/elsewhere` } : {});
          response.end(status === 204 ? undefined : 'x'.repeat(1_000_000));
        });
      });
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get port(): number {
    const { port } = this.#server.address() as AddressInfo;
    return port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Waits until what has arrived is as it should be. */
  async until(condition: (arrived: readonly ReceivedWebhook[]) => boolean): Promise<void> {
    while (!condition(this.arrived)) {
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
      });
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
