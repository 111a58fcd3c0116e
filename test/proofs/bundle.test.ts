import { createHash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { canonicalJson, FIRST_PREVIOUS_HASH } from '../../src/eventstore/eventHash';
import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';
import type { DomainEvent } from '../../src/domain/events';
import { EmbeddedKeyStore } from '../../src/eventstore/embedded/keyStore';
import type { JsonObject, StoredEvent } from '../../src/eventstore/eventStore';
import type { Disclosed } from '../../src/eventstore/people/envelope';
import { PersonKeys } from '../../src/eventstore/people/keys';
import { SealedEventStore } from '../../src/eventstore/people/sealedEventStore';
import { bundleLines, evidenceBundle } from '../../src/proofs/bundle';
import { verifyBundle } from '../../src/proofs/verify/bundle';
import { CheckpointDirectory } from '../../src/proofs/checkpoints/directory';
import { CheckpointKey } from '../../src/proofs/checkpoints/privateKey';
import { Checkpointer, followedEvents } from '../../src/proofs/checkpoints/checkpointer';
import { EVERYTHING, exportedEvents, type ExportSelection } from '../../src/proofs/events';
import { EventTree } from '../../src/proofs/eventTree';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import { shortly } from './changedLogs';

const WHOLE: ExportSelection = { appId: 'gx624', from: null, to: null };
const at = (day: number): string => `2030-01-${String(day).padStart(2, '0')}T00:00:00.000Z`;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

describe('an evidence bundle', () => {
  let directory: TemporaryDirectory;
  let store: EmbeddedEventStore;
  let keys: PersonKeys;
  let sealed: SealedEventStore<EmbeddedEventStore>;
  let tree: EventTree;
  let checkpoints: CheckpointDirectory;
  let checkpointer: Checkpointer;
  let written = 0;
  let key: CheckpointKey;

  const add = async (stream: string, day: number, event: DomainEvent): Promise<void> => {
    const revision = (await all(store.readStream(stream))).length - 1;
    written += 1;
    const id = `00000000-0000-4000-8000-${String(written).padStart(12, '0')}`;
    await sealed.append(stream, [{
      id, type: event.type, schemaVersion: 1, occurredAt: at(day), data: event.data as unknown as JsonObject, metadata: { actorId: 'olivia', correlationId: id, causationId: id, commandId: id },
    }], revision);
  };
  const assigned = (contactId: string): DomainEvent => ({ type: 'ContactsAssigned', data: { userId: 'u1', epoch: 1, contactIds: [contactId] } });
  const disclose = (event: StoredEvent): Promise<Disclosed> => sealed.disclose(event);
  const bundle = (selection: ExportSelection = WHOLE, by: CheckpointKey | null = key): Promise<string[]> =>
    all(evidenceBundle({ store, storeId: store.storeId, disclose, tree, checkpoint: checkpoints.latest() ?? null, earlier: checkpoints.all(), keys: checkpoints.keyStatements, rewrites: checkpoints.rewrites, countersigned: [], stamped: null, key: by }, selection));
  const findings = async (lines: readonly string[]): Promise<string[]> => (await verifyBundle(linesOf(lines), null)).findings.map(shortly);

  beforeAll(async () => {
    directory = temporaryDirectory();
    store = EmbeddedEventStore.open(directory.path);
    keys = new PersonKeys(EmbeddedKeyStore.open(directory.path), { current: Buffer.alloc(32, 7) }, (address) => address);
    sealed = new SealedEventStore(store, keys);
    tree = EventTree.open(':memory:', store.storeId);
    checkpoints = new CheckpointDirectory(join(directory.path, 'checkpoints'), store.storeId);
    key = CheckpointKey.loadOrCreate(join(directory.path, 'checkpoint.key'));
    checkpointer = new Checkpointer({ store, storeId: store.storeId, tree, checkpoints, key, now: () => at(31), everyEvents: 1_000, everyMs: 1_000, report: () => undefined });
    await add('app-gx624', 1, { type: 'AppRegistered', data: { name: 'Keap Pro', url: 'https://gx624.example', licences: 3 } });
    await add('app-other', 1, { type: 'AppRegistered', data: { name: 'Another', url: 'https://other.example', licences: 3 } });
    await add('app-gx624', 1, { type: 'OwnerAdded', data: { userId: 'u1', epoch: 1, person: { keapId: 'o@keap.example', name: '=HYPERLINK("x")' } } });
    for (let day = 2; day <= 9; day += 1) {
      await add('contacts-gx624', day, assigned(`c${day}`));
      await add('contacts-other', day, assigned(`d${day}`));
    }
    await add('app-gx624', 10, { type: 'LicencesSet', data: { licences: 5 } });
    await checkpointer.signAll();
  });
  afterAll(async () => {
    tree.close();
    await sealed.close();
    directory.remove();
  });

  it('holds only the app\'s events, each as a CloudEvent, between a header with the selection and the checkpoint', async () => {
    const lines = (await bundle()).map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ specversion: '1.0', type: 'partner-access.export', data: { app: 'gx624', from: null, to: null } });
    expect(lines.at(-1)).toMatchObject({ type: 'partner-access.checkpoint', data: { checkpoint: { statement: { events: written } }, events: 11 } });
    const stored = (await all(store.readAll())).filter(({ stream }) => stream.endsWith('gx624'));
    expect(lines.slice(1, -1)).toEqual(stored.map((event) => expect.objectContaining({
      specversion: '1.0', id: event.id, source: `urn:uuid:${store.storeId}`, type: `partner-access.${event.type}`, subject: event.stream, time: event.occurredAt,
      datacontenttype: 'application/json', data: event.data, position: event.position, hash: event.hash,
    })));
    for (const name of Object.keys(lines[1])) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
  });

  it('has the same bytes when it is exported again, and can be verified on its own', async () => {
    const lines = await bundle();
    expect(await bundle()).toEqual(lines);
    expect(await verifyBundle(linesOf(lines), null)).toMatchObject({ events: 11, provenEvents: 11, findings: [] });
    expect(await verifyBundle(linesOf(await bundle({ appId: null, from: null, to: null })), null)).toMatchObject({ events: written, provenEvents: written, findings: [] });
  });

  it('can cover a period', async () => {
    const lines = await bundle({ ...WHOLE, from: at(3), to: at(5) });
    expect(lines.slice(1, -1).map((line) => JSON.parse(line).data.contactIds[0])).toEqual(['c3', 'c4']);
    expect(await findings(lines)).toEqual([]);
  });

  it('proves the events that the checkpoint covers; later ones are unproven', async () => {
    await add('contacts-gx624', 11, assigned('late'));
    const lines = await bundle();
    expect(await verifyBundle(linesOf(lines), null)).toMatchObject({ events: 12, provenEvents: 11, findings: [] });
    await checkpointer.signAll();
    expect(await verifyBundle(linesOf(await bundle()), null)).toMatchObject({ events: 12, provenEvents: 12, findings: [] });
  });

  describe('that was tampered with', () => {
    const replaced = (lines: readonly string[], index: number, ...by: readonly string[]): string[] => [...lines.slice(0, index), ...by, ...lines.slice(index + 1)];

    it.each<[string, (lines: readonly string[]) => readonly string[], readonly string[]]>([
      ['its data', (lines) => replaced(lines, 3, lines[3]!.replace('c2', 'x2')), ['EVENT_EDITED contacts-gx624 0']],
      ['its type', (lines) => replaced(lines, 3, lines[3]!.replace('ContactsAssigned', 'ContactsUnassigned')), ['EVENT_EDITED contacts-gx624 0']],
      ['its actor', (lines) => replaced(lines, 3, lines[3]!.replace('"actorid":"olivia"', '"actorid":"nobody"')), ['EVENT_EDITED contacts-gx624 0']],
      ['a line removed', (lines) => replaced(lines, 4), ['EVENT_REMOVED contacts-gx624 1']],
      ['the first line of a stream removed', (lines) => replaced(lines, 3), ['EVENT_REMOVED contacts-gx624 0']],
      ['the last event removed', (lines) => replaced(lines, lines.length - 2), ['EVENT_REMOVED']],
      ['two lines swapped', (lines) => [...lines.slice(0, 4), lines[5]!, lines[4]!, ...lines.slice(6)], ['EVENT_REORDERED contacts-gx624 1']],
      ['a line twice', (lines) => replaced(lines, 4, lines[4]!, lines[4]!), ['EVENT_INSERTED contacts-gx624 1']],
      ['its end cut off', (lines) => lines.slice(0, -1), ['TAIL_CUT_OFF']],
      ['the question', (lines) => replaced(lines, 0, lines[0]!.replace('"to":null', '"to":"2030-01-01T00:00:00.000Z"')), ['BUNDLE_CHANGED']],
      ['a proof', (lines) => replaced(lines, 3, lines[3]!.replace(/"inclusionproof":"../, '"inclusionproof":"zz')), ['PROOF_WRONG contacts-gx624 0']],
      ['no proof', (lines) => replaced(lines, 3, lines[3]!.replace(/"inclusionproof":"[^"]*",/, '').replace(/"leafindex":\d+,/, '')), ['PROOF_WRONG contacts-gx624 0']],
      ['the checkpoint', (lines) => replaced(lines, lines.length - 1, lines.at(-1)!.replace('2030-01-31', '2030-01-30')), ['CHECKPOINT_FORGED']],
      ['who it is about', (lines) => replaced(lines, 2, lines[2]!.replace('o@keap.example', 'p@keap.example')), ['EVENT_EDITED app-gx624 1']],
      ['who it is about, as somebody who was erased', (lines) => replaced(lines, 2, lines[2]!.replace(/"personkey":"[^"]*",/, '')), ['EVENT_EDITED app-gx624 1']],
      ['the key to who it is about', (lines) => replaced(lines, 2, lines[2]!.replace(/"personkey":"[^"]*"/, `"personkey":"${Buffer.alloc(32).toString('base64url')}"`)), ['EVENT_EDITED app-gx624 1']],
      ['a person who was not there', (lines) => replaced(lines, 3, lines[3]!.replace('"position"', '"personjson":"{}","position"')), ['EVENT_EDITED contacts-gx624 0']],
      ['something else', (lines) => replaced(lines, 3, 'nothing'), ['BUNDLE_UNREADABLE', 'EVENT_REMOVED contacts-gx624 0']],
    ])('%s', async (_what, change, expected) => {
      const found = await findings(change(await bundle()));
      expect(found.map((finding) => finding.replace(/ \d{16}$/, ''))).toEqual(expected);
    });

    describe('in one byte', () => {
      const withByte = (line: string, spot: number): string => line.slice(0, spot) + (line[spot] === 'x' ? 'y' : 'x') + line.slice(spot + 1);

      it('is detected, whichever byte it is', async () => {
        const lines = await bundle();
        await fc.assert(fc.asyncProperty(fc.nat(lines.length - 1), fc.nat(), async (index, place) => {
          const changed = withByte(lines[index]!, place % lines[index]!.length);
          expect({ changed, findings: await findings(replaced(lines, index, changed)) }).not.toEqual({ changed, findings: [] });
        }), { numRuns: 200 });
      });

      it('is detected at its end, which no digest covers', async () => {
        const lines = await bundle();
        const last = lines.at(-1)!;
        const missed: string[] = [];
        for (let spot = 0; spot < last.length; spot += 1) {
          if ((await findings([...lines.slice(0, -1), withByte(last, spot)])).length === 0) missed.push(last.slice(Math.max(0, spot - 20), spot + 1));
        }
        expect(missed).toEqual([]);
      });
    });

    it('is rejected under another key when the right one is named', async () => {
      const lines = await bundle();
      expect((await verifyBundle(linesOf(lines), ['0'.repeat(64)])).findings.map(({ what }) => what)).toEqual(['CHECKPOINT_KEY_UNKNOWN']);
      expect((await verifyBundle(linesOf(lines), [checkpoints.latest()!.keyId])).findings).toEqual([]);
    });
  });

  describe('that was tampered with, and whose last line was computed again', () => {
    /** With the number and the digest of the lines that are there now. */
    const closed = ([...lines]: readonly string[], seal?: null): readonly string[] => {
      const end = JSON.parse(lines.pop()!);
      end.data = { ...end.data, events: lines.length - 1, sha256: createHash('sha256').update(lines.map((line) => `${line}\n`).join('')).digest('hex'), ...(seal === null ? { seal } : {}) };
      return [...lines, canonicalJson(end)];
    };
    const edited = (lines: readonly string[], index: number, change: (attributes: Record<string, unknown>) => void): string[] => {
      const attributes = JSON.parse(lines[index]!);
      change(attributes);
      return [...lines.slice(0, index), canonicalJson(attributes), ...lines.slice(index + 1)];
    };
    const without = (lines: readonly string[], index: number): string[] => [...lines.slice(0, index), ...lines.slice(index + 1)];
    const EVERYTHING: ExportSelection = { appId: null, from: null, to: null };

    it('reports that the last event of an app is missing', async () => {
      const lines = await bundle();
      expect(await findings(closed(lines))).toEqual([]);
      expect(await findings(closed(without(lines, lines.length - 2)))).toEqual(['BUNDLE_CHANGED']);
      expect((await verifyBundle(linesOf(lines), [key.keyId])).sealedBy).toBe(key.keyId);
    });

    it('accepts a missing or foreign seal only when no key is named', async () => {
      const stranger = CheckpointKey.loadOrCreate(join(directory.path, 'stranger.key'));
      for (const lines of [closed(without(await bundle(), 5), null), await bundle(WHOLE, null), await bundle(WHOLE, stranger)]) {
        const named = (await verifyBundle(linesOf(lines), [key.keyId])).findings.map(({ what }) => what);
        expect(named).toEqual([expect.stringMatching(/^(BUNDLE_UNSEALED|EVENT_REMOVED)$/)]);
      }
      expect(await verifyBundle(linesOf(await bundle(WHOLE, null)), null)).toMatchObject({ sealedBy: null, findings: [] });
    });

    it.each<[string, (lines: readonly string[]) => readonly string[], readonly string[]]>([
      ['something that no hash covers', (lines) => edited(lines, 3, (event) => { event['note'] = 'forged'; }), ['EVENT_EDITED app-gx624 1']],
      ['the beginning of its type', (lines) => edited(lines, 3, (event) => { event['type'] = String(event['type']).replace('partner-access.', 'partner-excess.'); }), ['EVENT_EDITED app-gx624 1']],
      ['its data twice', (lines) => [...lines.slice(0, 3), lines[3]!.replace('"data":{', '"data":{"userId":"u2"},"data":{'), ...lines.slice(4)], ['EVENT_EDITED app-gx624 1']],
      ['positions that are not those of the log', (lines) => {
        const [first, second] = [JSON.parse(lines[2]!), JSON.parse(lines[3]!)];
        const exchanged = edited(edited(lines, 2, (event) => { event['position'] = second.position; }), 3, (event) => { event['position'] = first.position; });
        return [...exchanged.slice(0, 2), exchanged[3]!, exchanged[2]!, ...exchanged.slice(4)];
      }, ['EVENT_REORDERED app-other 0']],
      ['the proof of another event', (lines) => edited(lines, 4, (event) => { event['leafindex'] = 2; }), ['PROOF_WRONG contacts-gx624 0']],
      ['a stream that is gone', (lines) => lines.filter((line) => !line.includes('"subject":"contacts-other"')), ['EVENT_REMOVED']],
      ['a question that its events do not answer', (lines) => edited(lines, 0, (event) => { event['data'] = { app: 'other', from: null, to: null }; }), ['BUNDLE_CHANGED']],
      ['half of a character', (lines) => [...lines.slice(0, 3), lines[3]!.replace('"data":{', '"data":{"half":"\\ud800",'), ...lines.slice(4)], ['BUNDLE_UNREADABLE', 'EVENT_REMOVED app-gx624 1']],
      ['a depth without end', (lines) => [...lines.slice(0, 3), lines[3]!.replace('"data":{', `"data":{"deep":${'['.repeat(50_000)}${']'.repeat(50_000)},`), ...lines.slice(4)], ['BUNDLE_UNREADABLE', 'EVENT_REMOVED app-gx624 1']],
    ])('%s', async (_what, change, expected) => {
      const lines = closed(change(await bundle(EVERYTHING, null)));
      expect((await findings(lines)).map((finding) => finding.replace(/ \d{16}$/, ''))).toEqual(expected);
    });

    it('reports once what follows its end, and a file that is no bundle', async () => {
      const lines = await bundle();
      expect(await findings([...lines, ...lines])).toEqual(['BUNDLE_CHANGED']);
      expect(await findings(['time (UTC),app,event', '2026-03-31 14:05:09,gx624,AppRegistered'])).toEqual(['BUNDLE_UNREADABLE']);
      expect(await findings([])).toEqual(['BUNDLE_UNREADABLE']);
    });
  });

  it('is read line by line, with any text in a name, up to the longest valid line', async () => {
    async function* bytes(...parts: readonly Buffer[]): AsyncGenerator<Buffer> {
      yield* parts;
    }
    const text = 'a\u2028b\u0085\nsecond\r\n\nlast';
    const whole = Buffer.from(text);
    for (const cut of [1, 2, 3, 9]) expect(await all(bundleLines(bytes(whole.subarray(0, cut), whole.subarray(cut))))).toEqual(['a\u2028b\u0085', 'second', '', 'last']);
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (;;) yield chunk;
    };
    expect((await verifyBundle(bundleLines(endless()), null)).findings.map(({ message }) => message)).toEqual([expect.stringContaining('Line 1 is not what stands in a bundle: it is longer than 16,777,216 bytes')]);
    expect((await verifyBundle(bundleLines(bytes(Buffer.of(0xff, 0x0a))), null)).findings.map(({ message }) => message)).toEqual([expect.stringContaining('not UTF-8')]);
  });

  it('names people, proved by a key that opens nothing else, and omits their names once they are erased', async () => {
    await add('app-gx624', 12, { type: 'OwnerAdded', data: { userId: 'u2', epoch: 1, person: { keapId: 'gone@keap.example', name: 'Gone' } } });
    const named = (lines: readonly string[]): { keapId: string; key: string | undefined }[] => lines.map((line) => JSON.parse(line)).filter(({ personjson }) => personjson !== undefined)
      .map(({ personjson, personkey }) => ({ keapId: JSON.parse(personjson).keapId, key: personkey }));
    const before = await bundle();
    expect(named(before).map(({ keapId }) => keapId)).toEqual(['o@keap.example', 'gone@keap.example']);
    expect(new Set([...named(before).map(({ key }) => key), (await keys.sealingKey('gone@keap.example')).key.toString('base64url')]).size).toBe(3);
    expect(await findings(before)).toEqual([]);
    await keys.erase(await keys.idsOf(['gone@keap.example']));
    const after = await bundle();
    expect(named(after)).toEqual([named(before)[0], { keapId: 'erased person #1', key: undefined }]);
    expect(await findings(after)).toEqual([]);
    expect(await bundle()).toEqual(after);
    expect(after.join('\n').toLowerCase()).not.toContain('gone');
  });

  it('has the hash before each event, whether it is remembered or must be read', async () => {
    const events = await all(exportedEvents(store, EVERYTHING, 1));
    expect(new Set(events.map(({ event }) => event.stream)).size).toBeGreaterThan(1);
    const hashes = new Map(events.map(({ event: { stream, revision, hash } }) => [`${stream} ${revision}`, hash]));
    expect(events.map(({ previousHash }) => previousHash)).toEqual(events.map(({ event: { stream, revision } }) => hashes.get(`${stream} ${revision - 1}`) ?? FIRST_PREVIOUS_HASH));
  });

  it('can be followed live, from any position', async () => {
    const stop = new AbortController();
    const [head] = await all(store.readAll({ backwards: true, maxCount: 1 }));
    const followed = followedEvents({ store, storeId: store.storeId, disclose }, { appId: 'gx624', after: head!.position }, stop.signal);
    const next = followed.next();
    await add('contacts-other', 12, assigned('not this'));
    await add('contacts-gx624', 12, assigned('this'));
    expect(JSON.parse((await next).value as string)).toMatchObject({ subject: 'contacts-gx624', data: { contactIds: ['this'] }, previoushash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    stop.abort();
    expect((await followed.next()).done).toBe(true);
  });
});
