import { canonicalJson } from '../eventstore/eventHash';
import type { EventStore, JsonObject, JsonValue, StoredEvent } from '../eventstore/eventStore';
import type { CountersignedCheckpoint } from './checkpoints/countersignature';
import { type CheckpointStatement, isSignatureOf, type SignedCheckpoint, type Signer } from './checkpoints/statement';
import type { SignedRewrite } from './checkpoints/rewriteStatement';
import type { SignedKeyStatement } from './checkpoints/keyStatement';
import { createHash } from 'node:crypto';
import type { Disclosed } from '../eventstore/people/envelope';
import { bundleLine, CHECKPOINT_TYPE, eventLine, type EventProof, EXPORT_TYPE, exportedEvents, type ExportSelection, requestOf, UnreadableLine } from './events';
import type { EventTree } from './eventTree';
import { leafHash } from './merkleTree';
import type { StampedCheckpoint } from './timestamps/stampedCheckpoint';

/** Format name in the signed text of a seal, so that the signature is valid for nothing else. */
const SEAL_FORMAT = 'partner-access bundle 1';

/** What the last line of a bundle states about the other lines. */
export interface BundleEnd {
  readonly checkpoint: JsonValue;
  /** Number of events. */
  readonly events: JsonValue;
  /** SHA-256 of the lines before, in hex. */
  readonly sha256: JsonValue;
  /** Proofs about earlier checkpoints; absent in bundles of before there were such proofs. */
  readonly consistency?: JsonValue | undefined;
  /** The statements about the keys of the log; absent where there are none. */
  readonly keys?: JsonValue | undefined;
  /** The statements about how the log was made of another one; absent where it was not. */
  readonly rewrites?: JsonValue | undefined;
  /** Checkpoints that witnesses have countersigned; absent where there is no witness. */
  readonly countersigned?: JsonValue | undefined;
  /** The latest checkpoint with a time stamp; absent where there is none. */
  readonly stamped?: JsonValue | undefined;
}

/** Signs the end of a bundle, and with it every line before. */
const sealOf = (key: Signer, storeId: string, end: BundleEnd): JsonObject => ({ ...key.signText(sealedText(storeId, end)) });

/** The id of the key that sealed the bundle. Null when the seal is invalid or belongs to another end. */
export function sealedBy(seal: JsonValue, storeId: string, end: BundleEnd): string | null {
  if (typeof seal !== 'object' || seal === null || Array.isArray(seal)) return null;
  const { keyId, publicKey, signature, ...more } = seal as JsonObject;
  if (typeof keyId !== 'string' || typeof publicKey !== 'string' || typeof signature !== 'string' || Object.keys(more).length > 0) return null;
  return isSignatureOf(sealedText(storeId, end), { keyId, publicKey, signature }) ? keyId : null;
}

/** The text of a seal. What is undefined is not part of it. */
export const sealedText = (storeId: string, { checkpoint, events, sha256, ...more }: BundleEnd): string => {
  const { consistency, keys, rewrites, countersigned, stamped } = more;
  return canonicalJson({ format: SEAL_FORMAT, storeId, checkpoint, events, sha256, ...Object.fromEntries(Object.entries({ consistency, keys, rewrites, countersigned, stamped }).filter(([, value]) => value !== undefined)) });
};

export interface BundleSource {
  /** The stored log, with sealed people. */
  readonly store: EventStore;
  /** Decrypts what an event holds sealed; nothing when the keys are not available. */
  readonly disclose: (event: StoredEvent) => Promise<Disclosed>;
  readonly storeId: string;
  /** The tree over the whole log. */
  readonly tree: EventTree;
  /** The checkpoint to which proofs lead, null for an empty log. */
  readonly checkpoint: SignedCheckpoint | null;
  /** Earlier checkpoints of the log. The bundle proves that the log of its checkpoint begins with theirs, so that whoever kept one can tell. */
  readonly earlier: readonly SignedCheckpoint[];
  /** What introduces the keys of the log, so that whoever named one of them can tell the others. */
  readonly keys: readonly SignedKeyStatement[];
  /** Of each witness, the latest checkpoint that it has countersigned, up to that of the bundle. */
  readonly countersigned: readonly CountersignedCheckpoint[];
  /** How the log was made of another one, so that whoever kept something of that one can tell. */
  readonly rewrites: readonly SignedRewrite[];
  /** The latest checkpoint with a time stamp, up to that of the bundle; null without one. */
  readonly stamped: StampedCheckpoint | null;
  /** Key that seals the bundle. Without it (null) the bundle is not sealed. */
  readonly key: Signer | null;
}

/** A line of a bundle between the first and the last: an event with what is told about it, or a line that sums events up for people. */
export type BundlePart =
  | { readonly event: StoredEvent; readonly previousHash: string; readonly disclosed: Disclosed }
  | { readonly type: string; readonly id: string; readonly data: JsonObject };

/**
 * Writes an evidence bundle, line by line: the selection, each event with its proof, and the checkpoint. The same selection
 * and checkpoint give the same bytes, until a person in it is erased. Events after the checkpoint have no proof.
 */
export const evidenceBundle = (source: BundleSource, selection: ExportSelection): AsyncGenerator<string, void, undefined> =>
  sealedBundle(source, requestOf(selection), partsOf(source, selection));

async function* partsOf({ store, disclose }: BundleSource, selection: ExportSelection): AsyncGenerator<BundlePart, void, undefined> {
  for await (const { event, previousHash } of exportedEvents(store, selection)) yield { event, previousHash, disclosed: await disclose(event) };
}

/** Writes what was asked for, the parts, and the checkpoint with the seal over all lines. */
export async function* sealedBundle(source: BundleSource, asked: JsonObject, parts: AsyncIterable<BundlePart>): AsyncGenerator<string, void, undefined> {
  const { storeId, checkpoint, key } = source;
  const digest = createHash('sha256');
  const line = (text: string): string => {
    digest.update(`${text}\n`);
    return text;
  };
  yield line(bundleLine(storeId, EXPORT_TYPE, 'export', asked));
  let events = 0;
  for await (const part of parts) {
    if ('event' in part) {
      events += 1;
      yield line(eventLine(storeId, part.event, part.previousHash, { disclosed: part.disclosed, proof: proofOf(source, part.event) }));
    } else {
      yield line(bundleLine(storeId, part.type, part.id, part.data));
    }
  }
  const signed: JsonObject | null = checkpoint && { ...checkpoint, statement: { ...checkpoint.statement } };
  const consistency = checkpoint ? consistencyOf(source, checkpoint) : [];
  const keys = source.keys.map(({ statement, signatures }): JsonObject => ({ statement: { ...statement }, signatures: signatures.map((signature) => ({ ...signature })) }));
  const countersigned = source.countersigned.map((one): JsonObject => ({ ...one, statement: { ...one.statement }, countersignature: { ...one.countersignature } }));
  const stamped: JsonObject | null = source.stamped && { ...source.stamped, statement: { ...source.stamped.statement } };
  const rewrites = source.rewrites.map((one) => JSON.parse(canonicalJson(one)) as JsonObject);
  const end = {
    checkpoint: signed, events, sha256: digest.digest('hex'), consistency,
    ...(keys.length === 0 ? {} : { keys }), ...(rewrites.length === 0 ? {} : { rewrites }), ...(countersigned.length === 0 ? {} : { countersigned }), ...(stamped === null ? {} : { stamped }),
  };
  yield bundleLine(storeId, CHECKPOINT_TYPE, 'checkpoint', { ...end, seal: key && sealOf(key, storeId, end) });
}

/** A bundle proves that it is consistent with so many of the latest checkpoints before its own, with the last one of each day before those, and with those that it has of witnesses and authorities. */
export const RECENT_CHECKPOINTS = 1_000;

function consistencyOf({ tree, earlier, countersigned, stamped }: BundleSource, { statement: { events: to } }: SignedCheckpoint): readonly JsonObject[] {
  return consistencyProofs(tree, earlier.map(({ statement }) => statement), to, [...countersigned, ...(stamped ? [stamped] : [])].map(({ statement }) => statement.events)).map((proof) => ({ ...proof }));
}

/** Proofs that the first `to` events of a tree begin with those of its earlier checkpoints, of which the latest ones and one of each day are taken, and with those of these sizes. */
export function consistencyProofs(tree: EventTree, earlier: readonly CheckpointStatement[], to: number, also: readonly number[] = []): readonly { readonly events: number; readonly path: string }[] {
  const before = earlier.filter(({ events }) => events < to);
  const ofDays = new Map(before.map((statement) => [statement.time.slice(0, 10), statement]));
  const sizes = new Set([...[...ofDays.values(), ...before.slice(-RECENT_CHECKPOINTS)].map(({ events }) => events), ...also].filter((events) => events < to));
  return [...sizes].sort((a, b) => a - b).map((from) => ({ events: from, path: tree.consistencyPath(from, to).map((one) => one.toString('hex')).join(' ') }));
}

/** @throws Error when the tree does not hold the event, or holds another one in its place. */
function proofOf({ tree, checkpoint }: BundleSource, { position, hash, stream, revision }: StoredEvent): EventProof | null {
  if (!checkpoint || position > checkpoint.statement.position) return null;
  const leafIndex = tree.indexOf(position);
  if (leafIndex === undefined) throw new Error(`The tree does not hold the event at position ${position}.`);
  if (!tree.leafAt(leafIndex).equals(leafHash(Buffer.from(hash, 'hex')))) throw new Error(`Revision ${revision} of ${stream} is not the event that was signed. Run "verify", which names what was changed.`);
  return { leafIndex, path: tree.inclusionPath(leafIndex, checkpoint.statement.events).map((one) => one.toString('hex')) };
}

/** Bytes per line. A longer line is refused as unreadable. Genuine lines are far shorter: an event holds at most 1,000 contacts. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const LINE_END = 0x0a;

/**
 * Splits a file into lines at "\n" only, because names may hold other characters that some programs take for a line end.
 * @throws UnreadableLine for a line that is longer than 16 MiB or not UTF-8.
 */
export async function* bundleLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let waiting: Buffer[] = [];
  let size = 0;
  const keep = (part: Buffer): void => {
    size += part.length;
    if (size > MAX_LINE_BYTES) throw new UnreadableLine(`it is longer than ${MAX_LINE_BYTES.toLocaleString('en')} bytes`);
    waiting.push(part);
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, start)) {
      keep(chunk.subarray(start, end));
      yield textOf(Buffer.concat(waiting));
      [waiting, size, start] = [[], 0, end + 1];
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  }
  if (size > 0) yield textOf(Buffer.concat(waiting));
}

/** Decodes a line, without a carriage return that transport by mail may have added. */
function textOf(line: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line).replace(/\r$/, '');
  } catch {
    throw new UnreadableLine('it is not UTF-8');
  }
}
