import { spawn } from 'node:child_process';
import { createPublicKey, hash, verify } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { auditorQuestions } from '../../bench/auditorQuestions';
import { changesOfLines } from '../../src/application/importing/changes';
import { isConsistent, isIncluded, leafHash } from '../../src/proofs/merkleTree';
import { TOP } from '../support/snippets';
import { temporaryDirectory } from '../support/temporaryDirectory';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

const HISTORY = join(TOP, 'test/fixtures/histories/csi00.history.ndjson');
const [OLIVIA, OTIS, ANNA, PAULA, AUDITOR] = ['olivia@keap.example', 'otis@keap.example', 'anna@agency.example', 'paula@coach.example', 'auditor@keap.example'] as const;
/** Those who are in no line of the history. */
const OTHERS: ReadonlySet<string> = new Set([OLIVIA, ANNA, PAULA]);
const CHECKPOINT = 'position events root statement signature publicKey';

interface Change {
  readonly at: string;
  readonly keapId: string;
  readonly change: 'joined' | 'role' | 'left' | 'removed';
  readonly role?: string;
}

const CHANGES: readonly Change[] = readFileSync(HISTORY, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));

/** A time in which somebody had a role, according to the lines of the history. */
interface Period {
  readonly keapId: string;
  readonly role: string;
  readonly from: string;
  to: string | null;
}

function recordedPeriods(): readonly Period[] {
  const all: Period[] = [];
  for (const { at, keapId, change, role } of CHANGES) {
    const time = new Date(at).toISOString();
    const lasting = all.find((period) => period.keapId === keapId && period.to === null);
    if (change === 'role' && lasting?.role === role) continue;
    if (lasting) lasting.to = time;
    if (role !== undefined) all.push({ keapId, role, from: time, to: null });
  }
  return all;
}

const rostered = (time: string): ReadonlyMap<string, string> =>
  new Map(recordedPeriods().filter(({ from, to }) => from <= time && (to === null || to > time)).map(({ keapId, role }) => [keapId, role]));

const bytes = (text: string): Buffer => Buffer.from(text, 'hex');

describe('the questions and answers for auditors', () => {
  const work = temporaryDirectory();
  const questions = auditorQuestions(readFileSync(join(TOP, 'docs/auditing.md'), 'utf8'));
  let service: TestService;
  let auditor: Person;
  let kept: Json;
  let reviewed: number;
  let removedUserId: string;

  beforeAll(async () => {
    service = await TestService.start({ env: { CHECKPOINT_EVERY_EVENTS: '1' } });
    const { historyImport } = service.running.membership;
    await historyImport.run({ appId: 'csi00', name: 'Keap Pro Recording', owner: OLIVIA, licences: 5 }, changesOfLines(() => createReadStream(HISTORY)));
    const olivia = await service.as(OLIVIA);
    const otis = await service.as(OTIS, 'operator');
    auditor = await service.as(AUDITOR, 'auditor');
    kept = (await auditor.read(`{ latestCheckpoint { ${CHECKPOINT} } }`)).latestCheckpoint;
    await otis.mutate('registerApp', { appId: 'gx624', name: 'Keap Pro Recording', licences: 5, ownerKeapId: OLIVIA, ownerName: 'Olivia Owner' });
    await otis.mutate('appointAdmin', { appId: 'csi00', keapId: ANNA, name: 'Anna', reason: 'Ticket 4711' });
    const paula = await service.as(PAULA);
    const join = async (appId: string, reason: string): Promise<string> => {
      const { user, invitation } = await olivia.mutate('invitePartner', { appId, keapId: PAULA, role: 'STANDARD', name: 'Paula', reason }, 'user { userId } invitation { developmentToken }');
      await paula.mutate('acceptInvitation', { token: invitation.developmentToken });
      return user.userId;
    };
    await join('gx624', 'Coaches the spring campaign');
    removedUserId = await join('csi00', 'Stands in for Paul');
    await olivia.mutate('changeUserRole', { appId: 'csi00', userId: removedUserId, role: 'ADMIN', reason: 'Runs the campaign alone' });
    await olivia.mutate('removeUser', { appId: 'csi00', userId: removedUserId, reason: 'The campaign is over' });
    reviewed = await review(olivia, await service.as(ANNA));
  });
  afterAll(async () => {
    await service.close();
    work.remove();
  });

  /** Olivia decides on everybody but herself, and Anna on her. @returns how many people were reviewed. */
  async function review(olivia: Person, anna: Person): Promise<number> {
    const started = (await olivia.mutate('startAccessReview', { appId: 'csi00', note: 'Quarter 4' }, 'review { reviewId items(first: 200) { nodes { user { userId keapId } } } }')).review;
    const { reviewId, items: { nodes } } = started;
    const idsOf = (isAsked: (keapId: string) => boolean): readonly string[] => nodes.filter(({ user }: Json) => isAsked(user.keapId)).map(({ user }: Json) => user.userId);
    const [removed = ''] = CHANGES.slice(-1).map(({ keapId }) => keapId);
    await olivia.mutate('decideAccess', { reviewId, userIds: idsOf((keapId) => keapId !== OLIVIA && keapId !== removed), decision: 'KEEP' });
    await olivia.mutate('decideAccess', { reviewId, userIds: idsOf((keapId) => keapId === removed), decision: 'REMOVE', remark: 'Has another job' });
    await anna.mutate('decideAccess', { reviewId, userIds: idsOf((keapId) => keapId === OLIVIA), decision: 'KEEP' });
    await olivia.mutate('finishAccessReview', { reviewId });
    return nodes.length;
  }

  const block = (number: number, language: 'graphql' | 'sh'): string => {
    const { text } = questions.find((one) => one.number === number && one.language === language) ?? {};
    if (text === undefined) throw new Error(`docs/auditing.md has no question ${number} with a block in ${language}.`);
    return text;
  };
  const answer = (number: number, variables: object = {}): Promise<Json> => auditor.read(block(number, 'graphql'), variables);
  const shell = async (number: number, env: Readonly<Record<string, string>>): Promise<void> => {
    const { PATH = '' } = process.env;
    const child = spawn('bash', ['-euo', 'pipefail', '-c', block(number, 'sh')], {
      cwd: work.path, env: { LOG_LEVEL: 'error', DATA_DIR: service.dataDir, SERVICE_URL: service.url, TOKEN: auditor.token ?? '', PATH: `${join(TOP, 'test/support/bin')}:${PATH}`, ...env }, stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`Question ${number} ended with ${code}: ${stderr}`);
  };
  const rowsOf = (file: string): readonly Record<string, string>[] => parse(readFileSync(join(work.path, file)), { bom: true, columns: true });
  const roles = (people: readonly Json[]): ReadonlyMap<string, string> => new Map(people.filter(({ keapId }) => !OTHERS.has(keapId)).map(({ keapId, role }) => [keapId, role]));
  const periods = (nodes: readonly Json[]): readonly Json[] => nodes.filter(({ keapId }) => !OTHERS.has(keapId)).map(({ keapId, role, from, to }) => ({ keapId, role, from, to }));
  const during = (from: string, to: string): readonly Period[] => recordedPeriods().filter((period) => period.from < to && (period.to === null || period.to > from || period.from >= from));
  const sorted = (list: readonly Json[]): readonly string[] => list.map((one) => JSON.stringify(one)).sort();

  it('are fifteen, in order', () => {
    expect(questions.map(({ number }) => number)).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
  });

  it('1: who has access today', async () => {
    const { app: { users } } = await answer(1);
    const expected = rostered('9999');
    expect(roles(users.nodes)).toEqual(expected);
    expect(users.totalCount).toBe(expected.size + 2);
    expect(users.nodes.filter(({ keapId }: Json) => OTHERS.has(keapId)).map(({ keapId, kind, role }: Json) => [keapId, kind, role])).toEqual(expect.arrayContaining([[OLIVIA, 'USER', 'ADMIN'], [ANNA, 'USER', 'ADMIN']]));
    expect(users.pageInfo.hasNextPage).toBe(false);
  });

  it('2: who had access on a day', async () => {
    const { app: { users } } = await answer(2);
    const expected = rostered('2024-03-01T00:00:00.000Z');
    expect(expected.size).toBeGreaterThan(20);
    expect(roles(users.nodes)).toEqual(expected);
    expect(expected).not.toEqual(rostered('9999'));
  });

  it('3: who had access at any time between two days', async () => {
    const { periodsOfAccess: { nodes, totalCount } } = await answer(3);
    const expected = during('2024-01-01T00:00:00.000Z', '2024-04-01T00:00:00.000Z');
    expect(sorted(periods(nodes))).toEqual(sorted(expected));
    expect(totalCount).toBe(nodes.length);
    expect(expected.length).toBeGreaterThan(rostered('2024-03-01T00:00:00.000Z').size);
  });

  it('4: why somebody has access', async () => {
    const { periodsOfAccess: { nodes } } = await answer(4);
    expect(nodes).toEqual([{
      role: 'STANDARD', from: expect.any(String), to: null, reason: 'Coaches the spring campaign', invitedBy: { name: 'Olivia Owner', keapId: OLIVIA },
      began: { type: 'InvitationAccepted', summary: expect.stringContaining('Paula'), occurredAt: nodes[0].from, position: expect.any(String), actor: { kind: 'MEMBER', name: 'Paula', keapId: PAULA } },
    }]);
  });

  it('5: when somebody lost access, who removed them, and why', async () => {
    const { membershipEvents: { nodes } } = await answer(5);
    const { periodsOfAccess } = await auditor.read('query ($keapId: String) { periodsOfAccess(appIds: ["csi00"], keapId: $keapId, last: 1) { nodes { to ended { position } } } }', { keapId: PAULA });
    const [{ to, ended: { position } }] = periodsOfAccess.nodes;
    expect(nodes).toEqual([{ type: 'UserRemoved', occurredAt: to, summary: expect.stringContaining('Paula'), reason: 'The campaign is over', position, actor: expect.objectContaining({ kind: 'MEMBER', keapId: OLIVIA }) }]);
  });

  it('6: which apps somebody ever had access to', async () => {
    const { periodsOfAccess: { nodes, totalCount } } = await answer(6);
    expect(nodes.map(({ user, role, to }: Json) => [user.app.appId, role, to === null])).toEqual([['gx624', 'STANDARD', true], ['csi00', 'STANDARD', false], ['csi00', 'ADMIN', false]]);
    expect(totalCount).toBe(3);
  });

  it('7: who were the admins in a month', async () => {
    const { periodsOfAccess: { nodes } } = await answer(7);
    const expected = during('2023-06-01T00:00:00.000Z', '2023-07-01T00:00:00.000Z').filter(({ role }) => role === 'ADMIN');
    expect(sorted(periods(nodes.map((node: Json) => ({ ...node, role: 'ADMIN' }))))).toEqual(sorted(expected));
    // One of them was one until the middle of the month, and another one from then on.
    expect(expected.filter(({ to }) => to?.startsWith('2023-06-13'))).toHaveLength(1);
    expect(expected.filter(({ from }) => from.startsWith('2023-06-13'))).toHaveLength(1);
  });

  it('8: which partners have access now, in all apps', async () => {
    await shell(8, {});
    const rows = rowsOf('partners.csv');
    expect(roles(rows.map((row) => ({ keapId: row['Keap ID'], role: row['role'] })))).toEqual(rostered('9999'));
    expect(rows.filter((row) => row['Keap ID'] === PAULA)).toEqual([expect.objectContaining({ app: 'gx624', kind: 'PARTNER', 'to (UTC)': '', reason: 'Coaches the spring campaign' })]);
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(['PARTNER']));
  });

  it('9: what changed between two days', async () => {
    const { membershipDiff: { joined, left, roleChanged, between } } = await answer(9);
    const [from, to] = ['2025-04-01T00:00:00.000Z', '2025-10-01T00:00:00.000Z'];
    const [before, after] = [rostered(from), rostered(to)];
    const keapIds = (users: readonly Json[]): readonly string[] => users.map(({ keapId }) => keapId).sort();
    expect(keapIds(joined)).toEqual([...after.keys()].filter((keapId) => !before.has(keapId)).sort());
    expect(keapIds(left)).toEqual([...before.keys()].filter((keapId) => !after.has(keapId)).sort());
    expect(keapIds(roleChanged.map(({ user }: Json) => user))).toEqual([...after].filter(([keapId, role]) => before.has(keapId) && before.get(keapId) !== role).map(([keapId]) => keapId).sort());
    expect(sorted(periods(between))).toEqual(sorted(recordedPeriods().filter((period) => period.from > from && period.to !== null && period.to <= to)));
    expect([joined, left, roleChanged, between].map(({ length }: Json) => length > 0)).toEqual([true, true, true, true]);
  });

  it('10: what operators did', async () => {
    const { administrativeEvents: { nodes } } = await answer(10);
    expect(nodes.map(({ type, appId, actor: { kind, keapId } }: Json) => [type, appId, kind, keapId])).toEqual([
      ['ImportFinished', 'csi00', 'IMPORT', null], ['AppRegistered', 'gx624', 'OPERATOR', OTIS], ['OwnerAdded', 'gx624', 'OPERATOR', OTIS], ['AdminAppointed', 'csi00', 'OPERATOR', OTIS],
    ]);
    expect(nodes.at(-1)).toMatchObject({ reason: 'Ticket 4711', summary: expect.stringContaining('Anna') });
  });

  it('11: who made whom an admin', async () => {
    const { periodsOfAccess: { nodes } } = await answer(11);
    const givenTo = (keapId: string): readonly Json[] => nodes.filter((node: Json) => node.keapId === keapId)
      .map(({ user, began: { type, actor }, reason, invitedBy }: Json) => [user.app.appId, type, actor.kind, actor.keapId, reason, invitedBy?.keapId ?? null]);
    expect(givenTo(PAULA)).toEqual([['csi00', 'UserRoleChanged', 'MEMBER', OLIVIA, 'Runs the campaign alone', OLIVIA]]);
    expect(givenTo(ANNA)).toEqual([['csi00', 'AdminAppointed', 'OPERATOR', OTIS, 'Ticket 4711', null]]);
    expect(givenTo(OLIVIA).map(([appId, type]) => [appId, type])).toEqual([['csi00', 'OwnerAdded'], ['gx624', 'OwnerAdded']]);
    expect(sorted(nodes.filter(({ keapId }: Json) => !OTHERS.has(keapId)).map(({ keapId, from }: Json) => ({ keapId, from }))))
      .toEqual(sorted(recordedPeriods().filter(({ role }) => role === 'ADMIN').map(({ keapId, from }) => ({ keapId, from }))));
  });

  /** The latest checkpoint, once it is one of those that are wanted. */
  const latestWhere = async (isWanted: (checkpoint: Json) => boolean): Promise<Json> => {
    for (;;) {
      const { latestCheckpoint } = await auditor.read(`{ latestCheckpoint { ${CHECKPOINT} } }`);
      if (isWanted(latestCheckpoint)) return latestCheckpoint;
    }
  };
  const isSigned = ({ statement, signature, publicKey }: Json): boolean =>
    verify(null, Buffer.from(statement), createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' }), Buffer.from(signature, 'base64'));

  it('12: whether an event is authentic', async () => {
    const { membershipEvents: { nodes: [event] } } = await auditor.read('query ($keapId: String) { membershipEvents(filter: { appId: "csi00", keapId: $keapId, types: ["UserRemoved"] }) { nodes { id position } } }', { keapId: PAULA });
    const checkpoint = await latestWhere(({ position }) => position >= event.position);
    const { node, inclusionProof: { eventHash, leafIndex, treeSize, root, path } } = await answer(12, { event: event.id, position: event.position, checkpoint: checkpoint.position });
    expect(node).toMatchObject({ type: 'UserRemoved', position: event.position, hash: eventHash });
    expect(hash('sha256', node.hashedText)).toBe(eventHash);
    expect(node.hashedText).toContain(removedUserId);
    expect([root, treeSize]).toEqual([checkpoint.root, checkpoint.events]);
    expect(isSigned(checkpoint)).toBe(true);
    expect(JSON.parse(checkpoint.statement)).toMatchObject({ root, events: treeSize });
    const proof = (of: string): boolean => isIncluded(leafHash(bytes(of)), leafIndex, treeSize, path.map(bytes), bytes(root));
    expect([proof(eventHash), proof(hash('sha256', `${node.hashedText} `))]).toEqual([true, false]);
  });

  it('13: whether the log was rewritten', async () => {
    const { position: latest } = await latestWhere(({ events }) => events > kept.events);
    const { consistencyProof: { fromSize, fromRoot, toSize, toRoot, path }, latestCheckpoint } = await answer(13, { mine: kept.position, latest });
    expect([fromSize, fromRoot]).toEqual([kept.events, kept.root]);
    expect(toSize).toBeGreaterThan(fromSize);
    const proof = (root: string): boolean => isConsistent({ size: fromSize, root: bytes(root) }, { size: toSize, root: bytes(toRoot) }, path.map(bytes));
    expect([proof(kept.root), proof(hash('sha256', 'another log'))]).toEqual([true, false]);
    expect(isSigned(latestCheckpoint)).toBe(true);
    expect(latestCheckpoint.contradiction).toBeNull();
  });

  it('14: when access was reviewed last, and what was decided', async () => {
    const { accessReviews: { nodes: [last] } } = await answer(14);
    expect(last).toMatchObject({ status: 'FINISHED', note: 'Quarter 4', startedBy: { kind: 'MEMBER', keapId: OLIVIA }, finishedBy: { keapId: OLIVIA }, decidedCount: reviewed, totalCount: reviewed });
    const { items: { nodes } } = last;
    expect(nodes).toHaveLength(rostered('9999').size + 2);
    expect(nodes.filter(({ decision }: Json) => decision === 'REMOVE')).toEqual([expect.objectContaining({ user: { name: null, keapId: CHANGES.at(-1)?.keapId }, role: 'STANDARD', remark: 'Has another job', carriedOut: false, changedSince: false })]);
    expect(nodes.find(({ user }: Json) => user.keapId === OLIVIA)).toMatchObject({ decision: 'KEEP', decidedBy: { name: 'Anna' } });
  });

  it('15: the proof is handed over, and verified', async () => {
    const { latestCheckpoint: { keyId } } = await auditor.read('{ latestCheckpoint { keyId } }');
    await shell(15, { KEY_ID: keyId });
    const lines: readonly Json[] = readFileSync(join(work.path, 'csi00.ndjson'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
    const inLog: string[] = [];
    for await (const event of service.running.membership.store.readAll()) if (['app-csi00', 'contacts-csi00'].includes(event.stream)) inLog.push(event.hash);
    expect(lines.slice(1, -1).map((line) => line.hash)).toEqual(inLog);
    expect(roles(rowsOf('access.csv').map((row) => ({ keapId: row['Keap ID'], role: row['role'] })))).toEqual(rostered('2024-03-01T00:00:00.000Z'));
  });
});
