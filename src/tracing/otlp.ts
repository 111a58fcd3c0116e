import { type Attributes, type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, ParentBasedSampler, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { setTimeout as pause } from 'node:timers/promises';
import type { SpanStart, Traceparent, Tracing } from './tracing';

interface OtlpOptions {
  /** Base address of the collector, as `OTEL_EXPORTER_OTLP_ENDPOINT` gives it. */
  readonly endpoint: string;
  /** Called when spans cannot be exported, once until one export has succeeded again; then with null. */
  readonly report: (error: Error | null) => void;
  /** Pause between two exports, in milliseconds. */
  readonly exportEveryMs?: number;
}

/** Spans that wait for their export. One more is dropped. */
const QUEUE = 4_096;
const BATCH = 512;
const EXPORT_EVERY_MS = 2_000;
const EXPORT_TIMEOUT_MS = 5_000;
const LONGEST_CLOSE_MS = 2_000;
const LONGEST_TEXT = 256;

const KINDS = { INTERNAL: SpanKind.INTERNAL, SERVER: SpanKind.SERVER, CLIENT: SpanKind.CLIENT, CONSUMER: SpanKind.CONSUMER } as const;

/** Starts to record spans and to export them as OTLP over HTTP in JSON. Nothing is awaited by the work that is traced. */
export function startOtlpTracing({ endpoint, report, exportEveryMs = EXPORT_EVERY_MS }: OtlpOptions): Tracing {
  const exporter = reporting(new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, timeoutMillis: EXPORT_TIMEOUT_MS }), report);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'partner-access' }),
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanLimits: { attributeValueLengthLimit: LONGEST_TEXT },
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: QUEUE, maxExportBatchSize: BATCH, scheduledDelayMillis: exportEveryMs, exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  });
  const tracer = provider.getTracer('partner-access');
  return {
    start({ name, kind = 'INTERNAL', parent, links = [], attributes = {} }: SpanStart) {
      const linked = links.map((link) => ({ context: contextOf(link) }));
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes, links: linked }, parentContext(parent));
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
        set(more: Attributes) { span.setAttributes(more); },
        end(error?: unknown) {
          // Messages of errors may name people, so only the kind of the error is exported.
          if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'Error' });
          span.end();
        },
      };
    },
    async close() {
      const over = new AbortController();
      await Promise.race([provider.shutdown().catch(() => undefined), pause(LONGEST_CLOSE_MS, undefined, { signal: over.signal })]);
      over.abort();
    },
  };
}

const contextOf = (traceparent: Traceparent): { traceId: string; spanId: string; traceFlags: number; isRemote: true } => {
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
};

const parentContext = (parent: Traceparent | undefined): Context => (parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, contextOf(parent)));

/** Says once that exports fail, and once that they succeed again. */
function reporting(exporter: SpanExporter, report: (error: Error | null) => void): SpanExporter {
  let failing = false;
  return {
    export(spans, callback) {
      exporter.export(spans, (result) => {
        const failed = result.error !== undefined;
        if (failed !== failing) report(result.error ?? null);
        failing = failed;
        callback(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
