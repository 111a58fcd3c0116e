import { readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkedCheckpoints } from '../../../src/proofs/verify/reading';
import { CheckpointDirectory, readCheckpointLines } from '../../../src/proofs/checkpoints/directory';
import { CheckpointKey } from '../../../src/proofs/checkpoints/privateKey';
import { checkpointLine, parseCheckpoint } from '../../../src/proofs/checkpoints/statement';
import { GivenApp } from '../../support/givenApp';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';
import { TestService } from '../../support/testService';
import { ChangedLog, hashAfter, rehashed, type Row, shortly } from '../changedLogs';

/** Whatever somebody who can write the file may do to it, `verify` finds it and says what it was. */
describe('verification of a log', () => {
  let directory: TemporaryDirectory;
  let original: string;
  let older: string;
  let rows: readonly Row[];
  let roster: string;
  let contacts: string;

  beforeAll(async () => {
    directory = temporaryDirectory();
    const service = await TestService.start({ env: { CHECKPOINT_EVERY_EVENTS: '7' } });
    const app = await GivenApp.register(service);
    const partner = await app.join('partner');
    await app.assign(partner.userId, 'c1', 'c2');
    const other = await app.join('other', 'ADMIN');
    await service.running.close();
    older = ChangedLog.copyOf(service.dataDir, join(directory.path, 'older')).directory;
    await service.restart();
    const owner = await service.as(app.owner.keapId);
    for (const contact of ['c3', 'c4', 'c5', 'c6']) {
      await owner.mutate('assignContacts', { appId: app.appId, userId: contact > 'c4' ? other.userId : partner.userId, contactIds: [contact] });
    }
    const another = await GivenApp.register(service);
    await another.join('third');
    await owner.mutate('changeUserRole', { appId: app.appId, userId: partner.userId, role: 'ADMIN' });
    await service.running.close();
    original = ChangedLog.copyOf(service.dataDir, join(directory.path, 'original')).directory;
    rmSync(service.dataDir, { recursive: true });
    rows = ChangedLog.at(original).rows();
    roster = `app-${app.appId}`;
    contacts = `contacts-${app.appId}`;
  });
  afterAll(() => directory.remove());

  const changed = (tree = true): ChangedLog => {
    const copy = ChangedLog.copyOf(original, join(directory.path, 'changed'));
    return tree ? copy : copy.withoutTree();
  };
  /** The event of a stream at a revision. */
  const at = (stream: string, revision: number): Row => rows.find((row) => row.stream === stream && row.revision === revision)!;
  const lastRevision = (stream: string): number => rows.filter((row) => row.stream === stream).length - 1;
  const padded = (position: number): string => String(position).padStart(16, '0');

  describe.each([['with the tree that was kept beside it', true], ['without it', false]])('%s', (_what, tree) => {
    it('reports nothing about an unchanged log', async () => {
      const verified = await changed(tree).verify();
      expect(verified.findings).toEqual([]);
      expect(verified).toMatchObject({ events: rows.length, signedEvents: rows.length });
      rmSync(join(directory.path, 'changed', 'checkpoints'), { recursive: true });
      expect((await ChangedLog.at(join(directory.path, 'changed')).verify()).findings).toEqual([]);
    });

    it('detects a changed byte of the file', async () => {
      const log = changed(tree);
      const { data } = at(contacts, 0);
      const bytes = readFileSync(log.file);
      const place = bytes.indexOf(data) + data.indexOf('c1');
      bytes.write('d', place);
      writeFileSync(log.file, bytes);
      expect(await log.findings()).toEqual([`EVENT_EDITED ${contacts} 0`]);
    });

    it.each([
      ['data', "replace(data, 'STANDARD', 'ADMIN')", 'ADMIN'],
      ['metadata', "replace(metadata, 'actorId', 'actorID')", ''],
      ['metadata', "replace(metadata, ',', ', ')", ''],
      ['occurred_at', "'2020-01-01T00:00:00.000Z'", ''],
      ['type', "'UserInvited'", ''],
      ['schema_version', '1', ''],
      ['id', "'00000000-0000-4000-8000-000000000000'", ''],
    ])('detects a change of %s: %s', async (column, value) => {
      const log = changed(tree);
      const { position, revision } = rows.find(({ stream, type }) => stream === roster && type === 'PartnerInvited')!;
      log.run(`UPDATE events SET ${column} = ${value} WHERE position = ?`, position);
      expect(await log.findings()).toEqual([`EVENT_EDITED ${roster} ${revision}`]);
    });

    it('names each stream with a changed event, and examines few of them', async () => {
      const log = changed(tree);
      for (const stream of [roster, contacts]) log.run("UPDATE events SET metadata = replace(metadata, 'actorId', 'actorID') WHERE position = ?", at(stream, 1).position);
      expect((await log.findings()).sort()).toEqual([`EVENT_EDITED ${roster} 1`, `EVENT_EDITED ${contacts} 1`].sort());
      const { findings } = await log.verify(undefined, null, { maxCompared: 1 });
      expect(findings.map(shortly).sort()).toEqual([`EVENT_EDITED ${roster} 1`, `EVENT_EDITED ${contacts}`].sort());
    });

    it('detects a changed hash', async () => {
      const log = changed(tree);
      log.run('UPDATE events SET hash = ? WHERE position = ?', 'a'.repeat(64), at(roster, 2).position);
      expect(await log.findings()).toEqual([`EVENT_EDITED ${roster} 2`]);
    });

    it('detects an event deleted in the middle of its stream', async () => {
      const log = changed(tree);
      log.run('DELETE FROM events WHERE position = ?', at(roster, 3).position);
      expect(await log.findings()).toEqual([`EVENT_REMOVED ${roster} 3`]);
    });

    it('detects two events deleted one after the other, and names them once', async () => {
      const log = changed(tree);
      for (const revision of [2, 3]) log.run('DELETE FROM events WHERE position = ?', at(roster, revision).position);
      expect(await log.findings()).toEqual([`EVENT_REMOVED ${roster} 2`]);
    });

    it('detects two events swapped within their stream', async () => {
      const log = changed(tree);
      const [first, second] = [at(roster, 2), at(roster, 3)];
      log.replaceAll(rows.map((row) => (row === first ? { ...first, position: second.position } : row === second ? { ...second, position: first.position } : row)), true);
      expect(await log.findings()).toEqual([expect.stringMatching(new RegExp(`^EVENT_REORDERED ${roster} [23]$`))]);
    });

    it('detects that the contents of two events were exchanged', async () => {
      const log = changed(tree);
      const [first, second] = [at(roster, 2), at(roster, 3)];
      const exchanged = (into: Row, from: Row): Row => ({ ...from, position: into.position, revision: into.revision });
      log.replaceAll(rows.map((row) => (row === first ? exchanged(first, second) : row === second ? exchanged(second, first) : row)), true);
      const findings = await log.findings();
      expect(findings.every((finding) => /^EVENT_REORDERED app-\S+ [23]$/.test(finding))).toBe(true);
      expect(findings.length).toBeGreaterThan(0);
    });

    it('detects a duplicated event at the end of its stream', async () => {
      const log = changed(tree);
      const copied = at(contacts, 1);
      log.replaceAll([...rows, { ...copied, id: '00000000-0000-4000-8000-000000000000', revision: lastRevision(contacts) + 1 }]);
      expect(await log.findings()).toEqual([`EVENT_INSERTED ${contacts} ${lastRevision(contacts) + 1}`]);
    });

    it('detects a duplicated event at the same revision of its stream', async () => {
      const log = changed(tree);
      log.replaceAll([...rows, at(contacts, 1)]);
      expect(await log.findings()).toEqual([`EVENT_INSERTED ${contacts} 1`]);
    });

    it('detects that the last events were deleted', async () => {
      const log = changed(tree);
      log.run('DELETE FROM events WHERE position > ?', rows.length - 3);
      expect(await log.findings()).toEqual([`TAIL_CUT_OFF ${padded(tree ? rows.length - 2 : rows.length)}`]);
    });

    it('detects a truncated file', async () => {
      const log = changed(tree);
      truncateSync(log.file, readFileSync(log.file).length - 4096 * 2);
      const outcome = await log.findings().catch((error: unknown) => [`refused: ${String(error)}`]);
      expect(outcome.join('\n')).toMatch(/FILE_DAMAGED|refused/);
    });

    it('detects an older copy in place of the log', async () => {
      const log = changed(tree);
      writeFileSync(log.file, readFileSync(join(older, 'events.db')));
      expect(await log.findings()).toEqual([expect.stringMatching(/^TAIL_CUT_OFF/)]);
      const checkpoints = join(original, 'checkpoints');
      expect((await ChangedLog.at(older).verify(checkpoints)).findings.map(({ what }) => what)).toEqual(['TAIL_CUT_OFF']);
      expect((await ChangedLog.at(older).verify()).findings).toEqual([]);
    });

    it('detects an older copy in place of the log that was appended to', async () => {
      const log = changed(tree);
      writeFileSync(log.file, readFileSync(join(older, 'events.db')));
      const before = log.rows();
      let added = before;
      while (added.length < rows.length + 2) {
        const last = added.findLast(({ stream }) => stream === contacts)!;
        const next = { ...last, id: `00000000-0000-4000-8000-${String(added.length).padStart(12, '0')}`, revision: last.revision + 1, occurred_at: '2099-01-01T00:00:00.000Z' };
        added = [...added, { ...next, hash: hashAfter(last.hash, next) }];
      }
      log.replaceAll(added);
      expect(await log.findings()).toEqual([expect.stringMatching(tree ? new RegExp(`^FORKED_RESTORE ${contacts} `) : /^FORKED_RESTORE/)]);
    });

    it('detects a changed event when every later hash was computed again', async () => {
      const log = changed(tree);
      const { position, revision } = rows.find(({ stream, type }) => stream === roster && type === 'PartnerInvited')!;
      const edited = rows.map((row) => (row.position === position ? { ...row, data: row.data.replace('STANDARD', 'ADMIN') } : row));
      log.replaceAll(rehashed(edited, roster), true);
      expect(await log.findings()).toEqual([tree ? `HISTORY_REWRITTEN ${roster} ${revision}` : expect.stringMatching(/^HISTORY_REWRITTEN 0/)]);
    });

    it('detects that the last event was changed together with its hash', async () => {
      const log = changed(tree);
      const last = rows.at(-1)!;
      log.replaceAll(rehashed([...rows.slice(0, -1), { ...last, data: last.data.replace('ADMIN', 'STANDARD') }], last.stream), true);
      expect(await log.findings()).toEqual([tree ? `HISTORY_REWRITTEN ${last.stream} ${last.revision}` : expect.stringMatching(/^HISTORY_REWRITTEN 0/)]);
    });

    it('detects a forged event in the middle of the log whose hashes fit', async () => {
      const log = changed(tree);
      const last = at(contacts, lastRevision(contacts));
      const forged = { ...last, id: '00000000-0000-4000-8000-000000000000', revision: last.revision + 1 };
      const index = rows.indexOf(last);
      log.replaceAll([...rows.slice(0, index + 1), { ...forged, hash: hashAfter(last.hash, forged) }, ...rows.slice(index + 1)]);
      expect(await log.findings()).toEqual([tree ? `EVENT_INSERTED ${contacts} ${forged.revision}` : expect.stringMatching(/^HISTORY_REWRITTEN/)]);
    });

    it('names exactly the events whose bytes were changed at random', async () => {
      const log = changed(tree);
      const flips = fc.record({ index: fc.nat(rows.length - 1), column: fc.constantFrom('data' as const, 'metadata' as const), at: fc.nat() });
      await fc.assert(fc.asyncProperty(flips, async ({ index, column, at: place }) => {
        const row = rows[index]!;
        const text = row[column];
        const spot = place % text.length;
        const other = text[spot] === 'x' ? 'y' : 'x';
        log.run(`UPDATE events SET ${column} = ? WHERE position = ?`, text.slice(0, spot) + other + text.slice(spot + 1), row.position);
        expect(await log.findings()).toEqual([`EVENT_EDITED ${row.stream} ${row.revision}`]);
        log.run(`UPDATE events SET ${column} = ? WHERE position = ?`, text, row.position);
      }), { numRuns: 15 });
      expect(await log.findings()).toEqual([]);
    });
  });

  describe('with the tree, which covers more than the chains', () => {
    it('detects an event changed together with its own hash only', async () => {
      const log = changed();
      const row = at(roster, 2);
      const edited = { ...row, data: row.data.replace('ADMIN', 'STANDARD').replace('p', 'q') };
      log.replaceAll(rows.map((one) => (one === row ? { ...edited, hash: hashAfter(at(roster, 1).hash, edited) } : one)), true);
      expect(await log.findings()).toEqual([`EVENT_EDITED ${roster} 2`]);
    });

    it('detects that the last event of a stream was deleted and the log renumbered', async () => {
      const log = changed();
      const gone = at(contacts, lastRevision(contacts));
      log.replaceAll(rows.filter((row) => row !== gone));
      expect(await log.findings()).toEqual([`EVENT_REMOVED ${padded(gone.position)}`]);
    });

    it('detects that events of different streams were swapped', async () => {
      const log = changed();
      const index = rows.findIndex((row, place) => place > 0 && row.stream !== rows[place - 1]!.stream && rows[place - 1]!.stream !== contacts);
      const swapped = [...rows];
      [swapped[index - 1], swapped[index]] = [rows[index]!, rows[index - 1]!];
      log.replaceAll(swapped);
      expect(await log.findings()).toEqual([expect.stringMatching(/^EVENT_REORDERED/)]);
    });
  });

  describe('checkpoints', () => {
    const onlyFile = (log: ChangedLog): string => join(log.directory, 'checkpoints', readdirSync(join(log.directory, 'checkpoints'))[0]!);

    it('are reported as forged when they were changed', async () => {
      const log = changed();
      const lines = readFileSync(onlyFile(log), 'utf8').split('\n');
      const first = parseCheckpoint(lines[0]!);
      writeFileSync(onlyFile(log), [checkpointLine({ ...first, statement: { ...first.statement, events: first.statement.events + 1 } }), ...lines.slice(1)].join('\n'));
      expect((await log.verify()).findings.map(({ what }) => what)).toEqual(['CHECKPOINT_FORGED']);
    });

    it('are reported as signed by an unknown key when the right one is named', async () => {
      const log = changed();
      const line = readFileSync(onlyFile(log), 'utf8').split('\n').at(-2)!;
      const { statement, keyId } = parseCheckpoint(line);
      const other = CheckpointKey.loadOrCreate(join(directory.path, 'other.key'));
      writeFileSync(join(log.directory, 'checkpoints', 'other.ndjson'), `${checkpointLine(other.sign(statement))}\n`);
      expect((await log.verify(undefined, [keyId])).findings.map(({ what }) => what)).toEqual(['CHECKPOINT_KEY_UNKNOWN']);
      expect((await log.verify()).findings).toEqual([]);
    });

    it('are reported when they are invalid', async () => {
      const log = changed();
      writeFileSync(join(log.directory, 'checkpoints', 'z.ndjson'), 'nothing\n');
      expect((await log.verify()).findings.map(({ what, message }) => `${what}: ${message}`)).toEqual(['CHECKPOINT_UNREADABLE: Line 1 of z.ndjson is not a checkpoint: it is not JSON.']);
    });

    it('of another log show that the log was replaced', async () => {
      const log = changed().withoutTree();
      log.run("UPDATE meta SET value = '00000000-0000-4000-8000-000000000000'");
      expect((await log.verify()).findings.map(({ what }) => what)).toEqual(['LOG_REPLACED']);
    });
  });

  it('are reported as missing when a key is named', async () => {
    const log = changed();
    const [line] = readFileSync(join(log.directory, 'checkpoints', readdirSync(join(log.directory, 'checkpoints'))[0]!), 'utf8').split('\n');
    rmSync(join(log.directory, 'checkpoints'), { recursive: true });
    expect((await log.verify(undefined, [parseCheckpoint(line!).keyId])).findings.map(({ what }) => what)).toEqual(['CHECKPOINT_MISSING']);
    expect((await log.verify()).findings).toEqual([]);
  });

  it('reveal a new log under the key of the log that it replaced', async () => {
    const log = changed();
    const checkpoints = new CheckpointDirectory(join(log.directory, 'checkpoints'), 'new log');
    const key = CheckpointKey.loadOrCreate(join(log.directory, 'checkpoint.key'));
    const { statement } = parseCheckpoint(readFileSync(join(log.directory, 'checkpoints', readdirSync(join(log.directory, 'checkpoints'))[0]!), 'utf8').split('\n')[0]!);
    const lines = (): ReturnType<typeof checkedCheckpoints>['findings'] => checkedCheckpoints(readCheckpointLines(join(log.directory, 'checkpoints')), 'new log', null).findings;
    const another = CheckpointKey.loadOrCreate(join(directory.path, 'another.key'));
    checkpoints.add(another.sign({ ...statement, storeId: 'new log', time: '2999-01-01T00:00:00.000Z' }));
    expect(lines()).toEqual([]);
    checkpoints.add(key.sign({ ...statement, storeId: 'new log', time: '2999-01-01T00:00:00.001Z' }));
    expect(lines().map(({ what }) => what)).toEqual(['LOG_REPLACED']);
    expect((await log.verify()).findings).toEqual([]);
  });

  it('reports an event that no read model can apply', async () => {
    const log = changed().withoutTree();
    const unknown = rows.map((row) => (row.stream === roster && row.revision === 2 ? { ...row, schema_version: 99 } : row));
    log.replaceAll(rehashed(unknown, roster));
    rmSync(join(log.directory, 'checkpoints'), { recursive: true });
    const findings = (await log.verify()).findings;
    expect(new Set(findings.map(({ what }) => what))).toEqual(new Set(['REPLAY_FAILED']));
    expect(findings[0]?.message).toContain('version 99');
  });
});
