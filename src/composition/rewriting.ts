import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../application/commandTypes';
import type { AdministrationEvent } from '../domain/administration';
import { recordErasure } from '../application/people/erasures';
import type { Config } from '../config';
import { groups } from '../eventstore/copyEventLog';
import { EmbeddedEventStore } from '../eventstore/embedded/store';
import { erasedText, type EventMetadata, type JsonObject, type StoredEvent } from '../eventstore/eventStore';
import { erasedPerson, isSealedPerson, PERSON, sealPerson, valueAt, withValueAt } from '../eventstore/people/envelope';
import type { Opener, PersonKeys } from '../eventstore/people/keys';
import { consistencyProofs } from '../proofs/bundle';
import { Checkpointer } from '../proofs/checkpoints/checkpointer';
import { CheckpointDirectory } from '../proofs/checkpoints/directory';
import { REWRITE_FORMAT, type RewriteStatement, rewriteText } from '../proofs/checkpoints/rewriteStatement';
import { keyIn, SigningKey } from '../proofs/checkpoints/signingKey';
import type { Signer } from '../proofs/checkpoints/statement';
import { EventTree } from '../proofs/eventTree';
import { GrowingTree, leafHash } from '../proofs/merkleTree';
import { NOT_ON_A_SERVER, NotRewritable, putInPlace, type RewriteReport, STAGED_CHECKPOINTS, WORKSHOP } from './rewritten';
import { type FieldCounts, type KnownPerson, pairs, type TracedLog } from './traces';

/** Texts in people's own words, and names of apps, in which a name may be replaced. Other fields have a meaning for programs. */
const FREE_TEXTS: ReadonlySet<string> = new Set(['data.reason', 'data.removalReason', 'data.removal.reason', 'data.label', 'data.remark', 'data.note', 'data.name']);
const CLIENT_FIELDS: readonly (keyof EventMetadata)[] = ['clientAddress', 'clientName', 'clientVersion'];

/** Appends that share a flush to disk. */
const APPENDS_AT_ONCE = 500;

/** Requires that the log can be written anew, and that there is a key that signs the statement about it. @throws NotRewritable when the log cannot be written anew, or nothing can sign. */
export function requireRewritable({ eventStoreUrl, checkpointKeyFile, checkpointDir }: Config, storeId: string | null): void {
  if (eventStoreUrl !== null) throw new NotRewritable(NOT_ON_A_SERVER);
  if (keyIn(checkpointKeyFile, new CheckpointDirectory(checkpointDir, storeId ?? '')) === null) {
    throw new NotRewritable(`${checkpointKeyFile} is missing, so nothing could sign the statement about what is removed. Put the key back, or set CHECKPOINT_KEY_FILE.`);
  }
}

interface Rewriting {
  readonly config: Config;
  readonly keys: PersonKeys;
  readonly person: KnownPerson;
  /** What the log is to record of the erasure, beside the number of events that hold something plain. Its keys are destroyed. */
  readonly erasure: Omit<AdministrationEvent['data'], 'plainEvents'>;
}

/**
 * Writes the log of a `DATA_DIR` anew, without what is about a person in plain text, signs a statement about it, and puts the new log in the place
 * of the old one, which is closed and gone then, as are the keys of the person. Until that last step, the log and the keys stay as they are, so an
 * interrupted run is repeated; `finishRewrite` completes the last step.
 * @throws NotRewritable, Error when another process has the old log open. @throws StoreUnavailable
 */
export async function rewriteLog(log: TracedLog & { readonly stored: EmbeddedEventStore; readonly close: () => Promise<void> }, { config, keys, person, erasure }: Rewriting): Promise<RewriteReport> {
  const { dataDir } = config;
  const workshop = join(dataDir, WORKSHOP);
  rmSync(workshop, { recursive: true, force: true });
  mkdirSync(workshop, { recursive: true, mode: 0o700 });
  const target = EmbeddedEventStore.open(workshop);
  try {
    const changes = await copied(log, target, { keys, person, number: erasure.number });
    const leftEvents = new Set([...changes.left.values()].flat()).size;
    const report = { storeId: target.storeId, previousStoreId: log.stored.storeId, events: changes.events.size, removed: countsOf(changes.removed), left: countsOf(changes.left), leftEvents };
    const beginning = await beginningIn(target);
    await recordErasure(target, systemClock, { ...erasure, plainEvents: leftEvents });
    await sign(log.stored, target, { config, staged: join(workshop, STAGED_CHECKPOINTS), beginning, removed: changes.removed, person: erasedPerson(erasure.number).keapId });
    await target.close();
    await log.close();
    await putInPlace(config, workshop, beginning.position, { number: erasure.number, keyIds: erasure.keys, report });
    return report;
  } finally {
    await target.close();
    rmSync(workshop, { recursive: true, force: true });
  }
}

interface Changes {
  readonly events: Set<number>;
  /** Numbers of the events, from 0, by the field that was removed. */
  readonly removed: Map<string, number[]>;
  readonly left: Map<string, number[]>;
}

interface WithoutPerson {
  readonly keys: PersonKeys;
  readonly person: KnownPerson;
  readonly number: number;
}

async function copied(log: TracedLog, target: EmbeddedEventStore, without: WithoutPerson): Promise<Changes> {
  const changes: Changes = { events: new Set(), removed: new Map(), left: new Map() };
  const waiting: Promise<void>[] = [];
  let number = 0;
  async function* rewritten(): AsyncGenerator<StoredEvent, void, undefined> {
    for await (const [stored, opened] of pairs(log)) {
      const fields = without.person.plainFieldsOf(stored, opened);
      yield fields.length === 0 ? stored : await withoutFields(stored, opened, fields, without, (field, isRemoved) => {
        note(isRemoved ? changes.removed : changes.left, field, number);
        if (isRemoved) changes.events.add(number);
      });
      number += 1;
    }
  }
  for await (const group of groups(rewritten())) {
    const [first] = group;
    const last = group.at(-1);
    if (!first || !last) continue;
    const events = group.map(({ id, type, schemaVersion, occurredAt, data, metadata }) => ({ id, type, schemaVersion, occurredAt, data, metadata }));
    const written = target.append(first.stream, events, first.revision - 1).then(({ position }) => {
      if (position !== last.position) throw new NotRewritable(`The event at position ${last.position} has another place in the new log: the old log has gaps. Run "npm run cli -- verify".`);
    });
    // Whoever waits for all of them learns of it.
    written.catch(() => undefined);
    waiting.push(written);
    if (waiting.length >= APPENDS_AT_ONCE) await Promise.all(waiting.splice(0));
  }
  await Promise.all(waiting);
  return changes;
}

/** The event without what it says about the person in these fields. @param noted called for each field, with whether it is removed. */
async function withoutFields(stored: StoredEvent, opened: StoredEvent, fields: readonly string[], { keys, person, number }: WithoutPerson, noted: (field: string, isRemoved: boolean) => void): Promise<StoredEvent> {
  let { data, metadata } = stored;
  const own = new Set(person.ownTextsOf(opened).map((path) => `data.${path}`));
  for (const field of fields) {
    const path = field.replace(/^(?:data|metadata)\./, '');
    const client = CLIENT_FIELDS.find((name) => field === `metadata.${name}`);
    const isRemoved = client !== undefined || field === 'data.person' || FREE_TEXTS.has(field);
    noted(field, isRemoved);
    if (!isRemoved) continue;
    if (client !== undefined) metadata = without(metadata, client);
    else if (path === PERSON) data = { ...data, person: { ...erasedPerson(number) } };
    else data = await withoutText({ ...stored, data }, opened, path, { keys, instead: own.has(field) ? erasedText(number) : null, named: (text) => person.withoutNames(text, erasedPerson(number).keapId) });
  }
  return { ...stored, data, metadata };
}

interface Replacement {
  readonly keys: PersonKeys;
  /** What stands in place of a text that is about the person; null for a text that only names them. */
  readonly instead: string | null;
  readonly named: (text: string) => string;
}

/** The data without the person in the text at a path. A text in the envelope of somebody else is sealed for them again. */
async function withoutText({ id, data }: StoredEvent, opened: StoredEvent, path: string, { keys, instead, named }: Replacement): Promise<JsonObject> {
  const [stored, text] = [valueAt(data, path), valueAt(opened.data, path)];
  if (typeof text !== 'string') return data;
  if (!isSealedPerson(stored)) return withValueAt(data, path, instead ?? named(text));
  const opener: Opener | undefined = (await keys.openers(new Set([stored.key]))).get(stored.key);
  return opener && 'key' in opener ? withValueAt(data, path, { ...sealPerson({ text: named(text) }, opener, id, path) }) : data;
}

const without = (metadata: EventMetadata, field: keyof EventMetadata): EventMetadata => Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== field)) as unknown as EventMetadata;

function note(fields: Map<string, number[]>, field: string, number: number): void {
  const numbers = fields.get(field);
  if (numbers) numbers.push(number);
  else fields.set(field, [number]);
}

const countsOf = (fields: ReadonlyMap<string, readonly number[]>): FieldCounts => Object.fromEntries([...fields].sort(([a], [b]) => (a < b ? -1 : 1)).map(([field, numbers]) => [field, numbers.length]));

type Beginning = Pick<RewriteStatement, 'events' | 'position' | 'root'>;

/** What a log holds now, as a statement says it. */
async function beginningIn(store: EmbeddedEventStore): Promise<Beginning> {
  const tree = new GrowingTree();
  let position = '';
  for await (const event of store.readAll()) {
    tree.add(leafHash(Buffer.from(event.hash, 'hex')));
    ({ position } = event);
  }
  return { events: tree.size, position, root: tree.root().toString('hex') };
}

interface ToSign {
  readonly config: Config;
  /** Directory of the statement and of the checkpoint of the new log, until that takes its place. */
  readonly staged: string;
  readonly beginning: Beginning;
  readonly removed: ReadonlyMap<string, readonly number[]>;
  readonly person: string;
}

/** Signs the end of the old log, the statement, and the beginning of the new log. */
async function sign(old: EmbeddedEventStore, target: EmbeddedEventStore, { config, staged, beginning, removed, person }: ToSign): Promise<void> {
  const { checkpointDir, checkpointKeyFile } = config;
  const ofOld = new CheckpointDirectory(checkpointDir, old.storeId);
  const loaded = keyIn(checkpointKeyFile, ofOld);
  if (loaded === null) throw new NotRewritable(`${checkpointKeyFile} is missing.`);
  const key = new SigningKey(loaded, checkpointKeyFile, ofOld);
  const oldTree = EventTree.open('', old.storeId);
  const newTree = EventTree.open('', target.storeId);
  try {
    const previous = await checkpointerOf(old, oldTree, ofOld, key).signAll();
    if (previous?.statement.events !== beginning.events) throw new NotRewritable('The old log was written to meanwhile. Run the command again.');
    const statement: RewriteStatement = {
      format: REWRITE_FORMAT, storeId: target.storeId, ...beginning, previous, consistency: consistencyProofs(oldTree, ofOld.all().map((one) => one.statement), beginning.events),
      removed: [...removed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([field, leaves]) => ({ field, leaves })), person, time: systemClock.now(),
    };
    const ofNew = new CheckpointDirectory(staged, target.storeId);
    ofNew.addRewrite({ statement, signature: key.signText(rewriteText(statement)) });
    await checkpointerOf(target, newTree, ofNew, key).signAll();
  } finally {
    oldTree.close();
    newTree.close();
  }
}

const checkpointerOf = (store: EmbeddedEventStore, tree: EventTree, checkpoints: CheckpointDirectory, key: Signer): Checkpointer =>
  new Checkpointer({ store, storeId: store.storeId, tree, checkpoints, key, now: () => systemClock.now(), everyEvents: Infinity, everyMs: Infinity, report: () => undefined });
