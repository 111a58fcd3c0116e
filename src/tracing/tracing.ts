/** The identity of a span, as the header `traceparent` of W3C Trace Context writes it. */
export type Traceparent = string;

export interface SpanStart {
  readonly name: string;
  /** What the work is: `SERVER` answers a request, `CLIENT` sends one, `CONSUMER` works on an event; `INTERNAL` when absent. */
  readonly kind?: 'INTERNAL' | 'SERVER' | 'CLIENT' | 'CONSUMER';
  /** Span that this one is a part of. Without it, the span begins a trace. */
  readonly parent?: Traceparent | undefined;
  /** Spans that caused this one. */
  readonly links?: readonly Traceparent[];
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
}

/** A timed piece of work. */
export interface Span {
  readonly traceparent: Traceparent;
  /** Adds attributes. */
  set(attributes: Readonly<Record<string, string | number | boolean>>): void;
  /** Ends the span, as failed when there is an error. */
  end(error?: unknown): void;
}

/** Records spans. Where it is null, nothing is recorded and nothing costs anything. */
export interface Tracing {
  start(span: SpanStart): Span;
  /** Exports what is recorded, for two seconds at most. */
  close(): Promise<void>;
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Tells whether a value is a `traceparent` of version 00. */
export const isTraceparent = (value: unknown): value is Traceparent => typeof value === 'string' && TRACEPARENT.test(value);

/** Runs `work` within a span. `work` gets no span where nothing is recorded. @throws what `work` throws. */
export async function inSpan<T>(tracing: Tracing | null, start: () => SpanStart, work: (span: Span | undefined) => Promise<T>): Promise<T> {
  const span = tracing?.start(start());
  if (!span) return work(undefined);
  try {
    const result = await work(span);
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
