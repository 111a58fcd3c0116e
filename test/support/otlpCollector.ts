import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Json } from './person';

/** A span as a collector got it. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly status: { readonly code?: number };
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: readonly { readonly key: string; readonly value: Json }[];
}

/** A collector of OpenTelemetry on a free port, which takes OTLP over HTTP in JSON. */
export class OtlpCollector {
  readonly spans: CollectedSpan[] = [];
  /** What it answers; 0 is no answer at all. */
  status = 200;
  requests = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OtlpCollector> {
    const server = createServer((request, response) => {
      void json(request).then((body) => {
        collector.requests += 1;
        if (collector.status === 0) return;
        if (request.url === '/v1/traces' && collector.status === 200) {
          for (const { scopeSpans } of (body as Json).resourceSpans) for (const { spans } of scopeSpans) collector.spans.push(...spans);
        }
        response.writeHead(collector.status, { 'content-type': 'application/json' }).end('{}');
      });
    });
    const collector = new OtlpCollector(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
