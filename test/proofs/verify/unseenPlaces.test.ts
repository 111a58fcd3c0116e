import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { FIRST_PREVIOUS_HASH } from '../../../src/eventstore/eventHash';
import { CheckpointDirectory, readCheckpointLines } from '../../../src/proofs/checkpoints/directory';
import { CheckpointKey } from '../../../src/proofs/checkpoints/privateKey';
import { GivenApp } from '../../support/givenApp';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';
import { TestService } from '../../support/testService';
import { ChangedLog, hashAfter, type Row } from '../changedLogs';

/** What is done where nobody looks: before the first position, in several places at once, in the files beside the log. */
describe('verification of a log with several changes', () => {
  let directory: TemporaryDirectory;
  let original: string;
  let rows: readonly Row[];
  let roster: string;

  beforeAll(async () => {
    directory = temporaryDirectory();
    const service = await TestService.start({ env: { CHECKPOINT_EVERY_EVENTS: '7' } });
    const app = await GivenApp.register(service);
    const partner = await app.join('partner');
    await app.assign(partner.userId, 'c1');
    await app.join('other');
    for (const contact of ['c2', 'c3', 'c4', 'c5']) await app.assign(partner.userId, contact);
    await service.running.close();
    original = ChangedLog.copyOf(service.dataDir, join(directory.path, 'original')).directory;
    await service.close();
    rows = ChangedLog.at(original).rows();
    roster = `app-${app.appId}`;
  });
  afterAll(() => directory.remove());

  const changed = (tree = true): ChangedLog => {
    const copy = ChangedLog.copyOf(original, join(directory.path, 'changed'));
    return tree ? copy : copy.withoutTree();
  };
  const at = (revision: number): Row => rows.find((row) => row.stream === roster && row.revision === revision)!;
  const padded = (position: number): string => String(position).padStart(16, '0');
  const gone = (log: ChangedLog, ...positions: readonly number[]): void => { for (const position of positions) log.run('DELETE FROM events WHERE position = ?', position); };

  it.each([true, false])('detects an event before the first position whose hashes fit (tree: %s)', async (tree) => {
    const log = changed(tree);
    for (const position of [0, -1]) {
      const ghost: Row = { ...at(2), id: `ghost${position}`, stream: `app-ghost${position}`, revision: 0, position };
      log.run('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', position, ghost.id, ghost.stream, 0, ghost.type, ghost.schema_version, ghost.occurred_at, ghost.data, ghost.metadata, hashAfter(FIRST_PREVIOUS_HASH, ghost));
    }
    const findings = await log.findings();
    for (const position of [0, -1]) expect(findings).toContain(`EVENT_INSERTED app-ghost${position} 0`);
  });

  it.each([true, false])('names a stream\'s only event and one in the middle of another stream once each (tree: %s)', async (tree) => {
    const log = changed(tree);
    const single = rows.find(({ stream }) => stream.startsWith('person-') && rows.filter((row) => row.stream === stream).length === 1)!;
    gone(log, single.position, at(3).position);
    expect((await log.findings()).sort()).toEqual([`EVENT_REMOVED ${roster} 3`, `EVENT_REMOVED ${padded(single.position)}`].sort());
  });

  it('reports a fork for an older copy that was appended to, even with the checkpoints alone', async () => {
    const log = changed(false);
    const kept = rows.slice(0, -6);
    const last = kept.findLast(({ stream }) => stream === roster)!;
    const next: Row = { ...last, id: 'added', revision: last.revision + 1, occurred_at: '2099-01-01T00:00:00.000Z' };
    log.replaceAll([...kept, { ...next, hash: hashAfter(last.hash, next) }]);
    expect(await log.findings()).toEqual([`FORKED_RESTORE ${roster} ${next.revision}`]);
  });

  it('does not report a stream deleted from the middle of a renumbered log as a truncated end', async () => {
    const log = changed(false);
    const single = rows.find(({ stream }) => stream.startsWith('person-') && rows.filter((row) => row.stream === stream).length === 1)!;
    log.replaceAll(rows.filter((row) => row !== single));
    // Signed at the end, since an event that is younger than its checkpoint would look like a fork.
    const checkpoints = join(log.directory, 'checkpoints');
    const statements = readCheckpointLines(checkpoints).flatMap(({ checkpoint }) => (checkpoint && checkpoint.statement.position >= padded(single.position) ? [checkpoint.statement] : []));
    rmSync(checkpoints, { recursive: true });
    const key = CheckpointKey.loadOrCreate(join(directory.path, 'late.key'));
    for (const statement of statements) new CheckpointDirectory(checkpoints, statement.storeId).add(key.sign({ ...statement, time: statements.at(-1)!.time }));
    expect(await log.findings()).toEqual([expect.stringMatching(/^HISTORY_REWRITTEN/)]);
  });

  it.each([true, false])('reports several deleted events of one stream in a renumbered log as one gap (tree: %s)', async (tree) => {
    const log = changed(tree);
    log.replaceAll(rows.filter((row) => row.stream !== roster || row.revision < 2 || row.revision > 4));
    expect(await log.findings()).toEqual([`EVENT_REMOVED ${roster} 2`]);
  });

  it.each([true, false])('reports both an event deleted in the middle and a truncated end (tree: %s)', async (tree) => {
    const log = changed(tree);
    gone(log, at(2).position);
    log.run('DELETE FROM events WHERE position > ?', rows.length - 3);
    expect(await log.findings()).toEqual([`EVENT_REMOVED ${roster} 2`, `TAIL_CUT_OFF ${padded(tree ? rows.length - 2 : rows.length)}`]);
  });

  it.each([
    ['lost', 'DELETE FROM recent'], ['no hashes', "UPDATE recent SET hash = 'zz'"], ['another size', 'UPDATE tree SET size = size + 1'],
  ])('verifies the log when its tree is broken (%s)', async (_what, sql) => {
    const log = changed();
    const tree = new Database(join(log.directory, 'proofs.db'));
    tree.exec(sql);
    tree.close();
    expect(await log.findings()).toEqual([]);
    log.run('UPDATE events SET occurred_at = ? WHERE position = ?', '2020-01-01T00:00:00.000Z', at(2).position);
    expect(await log.findings()).toEqual([`EVENT_EDITED ${roster} 2`]);
  });

  it.each([
    ['stream', "'app-elsewhere'", 3], ['revision', '77', 3], ['revision', '-5', 3], ['stream', "'app-elsewhere'", 0],
  ])('an event whose %s is edited to %s is an edited event and no removed one', async (column, value, revision) => {
    for (const tree of [true, false]) {
      const log = changed(tree);
      log.run(`UPDATE events SET ${column} = ${value} WHERE position = ?`, at(revision).position);
      expect(await log.findings()).toEqual([`EVENT_EDITED ${roster} ${revision}`]);
    }
  });

  it('ignores another log\'s checkpoints in the same directory, whatever keys are named', async () => {
    const log = changed();
    const [line] = readCheckpointLines(join(log.directory, 'checkpoints'));
    const { statement, keyId } = line!.checkpoint!;
    const stranger = CheckpointKey.loadOrCreate(join(directory.path, 'stranger.key'));
    new CheckpointDirectory(join(log.directory, 'checkpoints'), 'another log').add(stranger.sign({ ...statement, storeId: 'another log' }));
    for (const named of [null, [keyId]]) expect((await log.verify(undefined, named)).findings).toEqual([]);
  });

  it('reports a missing events table as damage', async () => {
    const log = changed();
    log.run('ALTER TABLE events RENAME TO other');
    expect(await log.findings()).toContain('FILE_DAMAGED');
  });
});
