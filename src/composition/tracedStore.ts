import type { AppendResult, EventToAppend } from '../eventstore/eventStore';
import { inSpan, type Tracing } from '../tracing/tracing';
import type { MembershipStore } from './stores';

/** A log whose appends are recorded as spans, where they belong to a traced command. */
export function tracedStore(store: MembershipStore, tracing: Tracing): MembershipStore {
  return {
    get storeId() { return store.storeId; },
    get isOpen() { return store.isOpen; },
    inner: store.inner,
    append(stream: string, events: readonly EventToAppend[], expectedRevision: number): Promise<AppendResult> {
      const parent = events[0]?.metadata.traceparent;
      if (parent === undefined) return store.append(stream, events, expectedRevision);
      const attributes = { 'partner_access.stream': stream, 'partner_access.events': events.length };
      return inSpan(tracing, () => ({ name: 'append', parent, attributes }), () => store.append(stream, events, expectedRevision));
    },
    readStream: (...given) => store.readStream(...given),
    readAll: (...given) => store.readAll(...given),
    subscribeAll: (...given) => store.subscribeAll(...given),
    stopWriting(problem) { store.stopWriting(problem); },
    disclose: (event) => store.disclose(event),
    close: () => store.close(),
  };
}
