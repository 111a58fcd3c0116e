import { createHash } from 'node:crypto';
import type { EventStore, JsonObject } from '../eventstore/eventStore';
import { sealOf } from './bundleSeal';
import type { CheckpointKey } from './checkpointKey';
import type { SignedCheckpoint } from './checkpointStatement';
import { bundleLine, CHECKPOINT_TYPE, eventLine, EXPORT_TYPE, type EventProof } from './cloudEvent';
import type { EventTree } from './eventTree';
import { exportedEvents, type ExportSelection } from './exportedEvents';

export interface BundleSource {
  readonly store: EventStore;
  readonly storeId: string;
  /** over the whole log. */
  readonly tree: EventTree;
  /** what the events are proved to be in; null for an empty log. */
  readonly checkpoint: SignedCheckpoint | null;
  /** seals the bundle as a whole; null where it is not at hand. */
  readonly key: CheckpointKey | null;
}

/**
 * An evidence bundle, line by line: what was asked for, each event with its proof, and the checkpoint. The same question
 * about the same checkpoint gives the same bytes. Events that came after the checkpoint carry no proof.
 */
export async function* evidenceBundle(source: BundleSource, selection: ExportSelection): AsyncGenerator<string, void, undefined> {
  const { store, storeId, checkpoint, key } = source;
  const digest = createHash('sha256');
  const { appId, from, to } = selection;
  const asked: JsonObject = { app: appId, from, to };
  const line = (text: string): string => {
    digest.update(`${text}\n`);
    return text;
  };
  yield line(bundleLine(storeId, EXPORT_TYPE, 'export', asked));
  let events = 0;
  for await (const { event, previousHash } of exportedEvents(store, selection)) {
    events += 1;
    yield line(eventLine(storeId, event, previousHash, proofOf(source, event.position)));
  }
  const signed: JsonObject | null = checkpoint && { ...checkpoint, statement: { ...checkpoint.statement } };
  const end = { checkpoint: signed, events, sha256: digest.digest('hex') };
  yield bundleLine(storeId, CHECKPOINT_TYPE, 'checkpoint', { ...end, seal: key && sealOf(key, storeId, end) });
}

function proofOf({ tree, checkpoint }: BundleSource, position: string): EventProof | null {
  if (!checkpoint || position > checkpoint.statement.position) return null;
  const leafIndex = tree.indexOf(position);
  if (leafIndex === undefined) throw new Error(`The tree does not hold the event at position ${position}.`);
  return { leafIndex, path: tree.inclusionPath(leafIndex, checkpoint.statement.events).map((one) => one.toString('hex')) };
}
