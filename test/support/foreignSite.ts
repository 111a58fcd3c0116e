import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A site of somebody else on this machine: an empty page at every address, without a policy. It notes what it was sent. */
export class ForeignSite {
  /** The requests that came, in order. */
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = [];

  private constructor(
    private readonly server: Server,
    /** Where it is, under another name of this machine than the service. */
    readonly origin: string,
  ) {}

  static async start(): Promise<ForeignSite> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const site = new ForeignSite(server, `http://localhost:${(server.address() as AddressInfo).port}`);
    server.on('request', ({ url = '', headers }, response) => {
      site.requests.push({ path: url, headers });
      response.setHeader('content-type', 'text/html').end('<!doctype html><html lang="en"><title>Somebody else</title><link rel="icon" href="data:,"><h1>Somebody else</h1>');
    });
    return site;
  }

  get host(): string {
    return new URL(this.origin).host;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
