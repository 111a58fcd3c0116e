import { isTraceparent, type Traceparent, type Tracing } from '../../tracing/tracing';
import type { Attempt } from './delivery';

interface AttemptStart {
  readonly name: string;
  /** Span of the command whose event asked for the delivery. */
  readonly cause: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Makes one attempt within a span, which is part of the trace of its cause. @throws what `attempt` throws. */
export async function inAttemptSpan(tracing: Tracing | null, { name, cause, attributes }: AttemptStart, attempt: (traceparent: Traceparent | undefined) => Promise<Attempt>): Promise<Attempt> {
  if (!tracing) return attempt(undefined);
  const caused = isTraceparent(cause) ? { parent: cause, links: [cause] } : {};
  const span = tracing.start({ name, kind: 'CLIENT', attributes, ...caused });
  try {
    const result = await attempt(span.traceparent);
    if (typeof result === 'string') {
      span.set({ 'partner_access.result': result });
      span.end();
    } else {
      span.set({ 'partner_access.result': result.reason });
      span.end(result);
    }
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
