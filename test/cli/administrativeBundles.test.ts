import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { ADMINISTRATIVE_TYPES } from '../../src/domain/administration';
import { ProgramProcess, startServiceProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';

const ACTS = '{ administrativeEvents(first: 200) { nodes { eventId type appId stream occurredAt } } }';
const OF_OTHERS = ['PartnerInvited', 'AccessReviewListed', 'KeapIdBound'];

describe('bundles of what operators and auditors did', () => {
  let directory: TemporaryDirectory;
  let acts: readonly Json[];
  let keyId: string;
  let whole: readonly string[];
  beforeAll(async () => {
    directory = temporaryDirectory();
    await acting(async (as) => {
      const operator = await as('operator@keap.example', 'operator');
      await operator.mutate('registerApp', { appId: 'acme', name: 'Acme', licences: 5, ownerKeapId: 'owner@acme.example' });
      const owner = await as('owner@acme.example');
      await owner.mutate('invitePartner', { appId: 'acme', keapId: 'coach@partners.example', role: 'STANDARD' });
      await owner.mutate('startAccessReview', { appId: 'acme' });
      const { webhook } = await operator.mutate('registerWebhook', { url: 'https://127.0.0.1:1/' }, 'webhook { webhookId }');
      await operator.mutate('replayWebhook', { webhookId: webhook.webhookId, deadLetters: true });
      await operator.mutate('removeWebhook', { webhookId: webhook.webhookId });
      await operator.mutate('releaseKeapId', { keapId: 'owner@acme.example' });
      await (await as('auditor@keap.example', 'auditor')).mutate('startAccessReview', { appId: 'acme' });
      await operator.mutate('renameApp', { appId: 'acme', name: 'Acme Inc.', url: null });
    });
    expect(await run('erase', '--keap-id', 'coach@partners.example')).toMatchObject({ code: 0 });
    acts = await acting(() => Promise.resolve());
    whole = await exported('whole');
    const [file = ''] = readdirSync(join(directory.path, 'checkpoints'));
    ({ keyId } = JSON.parse(readFileSync(join(directory.path, 'checkpoints', file), 'utf8').split('\n', 1)[0] ?? ''));
  }, 180_000);
  afterAll(() => {
    directory.remove();
  });

  const run = (...args: readonly string[]): Promise<Ended> => new ProgramProcess('dist/cli/main.js', args, { DATA_DIR: directory.path, LOG_LEVEL: 'error' }).ended;

  /** Serves, and lets operators and auditors act. @returns the administrative events. */
  async function acting(act: (as: Awaited<ReturnType<typeof startServiceProcess>>['as']) => Promise<void>): Promise<readonly Json[]> {
    const { program, as } = await startServiceProcess(directory.path, { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });
    try {
      await act(as);
      return (await (await as('auditor@keap.example', 'auditor')).read(ACTS)).administrativeEvents.nodes;
    } finally {
      program.kill('SIGTERM');
      await program.ended;
    }
  }

  /** The lines of a bundle. */
  async function exported(name: string, ...args: readonly string[]): Promise<readonly string[]> {
    const path = join(directory.path, `${name}.ndjson`);
    expect(await run('export', '--out', path, ...args)).toMatchObject({ code: 0 });
    return readFileSync(path, 'utf8').trimEnd().split('\n');
  }

  const eventsIn = (lines: readonly string[]): readonly Json[] => lines.slice(1, -1).map((line): Json => JSON.parse(line));
  const idsIn = (lines: readonly string[]): readonly string[] => eventsIn(lines).map(({ id }) => String(id));
  const ids = (): readonly string[] => acts.map(({ eventId }) => String(eventId));
  const withoutType = (lines: readonly string[], type: string): readonly string[] => lines.filter((line) => !line.includes(`"type":"partner-access.${type}"`));

  async function verified(lines: readonly string[], ...args: readonly string[]): Promise<Ended> {
    const path = join(directory.path, 'given.ndjson');
    writeFileSync(path, `${lines.join('\n')}\n`);
    return run('verify', path, ...args);
  }

  /** The lines with a last one that says how many events they have, and is not sealed. */
  function unsealed(lines: readonly string[]): readonly string[] {
    const [before, last] = [lines.slice(0, -1), JSON.parse(lines.at(-1) ?? '')];
    const sha256 = createHash('sha256').update(before.map((line) => `${line}\n`).join('')).digest('hex');
    return [...before, canonicalize({ ...last, data: { ...last.data, sha256, events: before.length - 1, seal: null } }) ?? ''];
  }

  it('hold every act where they are of the whole log, and verify misses one that is taken out', async () => {
    expect([...new Set(acts.map(({ type }) => type))].sort()).toEqual(['AccessReviewStarted', 'AppRegistered', 'AppRenamed', 'AuditorRead', 'KeapIdReleased', 'OwnerAdded', 'PersonErased', 'WebhookRegistered', 'WebhookRemoved', 'WebhookReplayRequested']);
    expect(idsIn(whole)).toEqual(expect.arrayContaining([...ids()]));
    expect(await verified(whole, '--key', keyId)).toMatchObject({ code: 0, stdout: '' });
    for (const type of ['PersonErased', 'WebhookRegistered', 'AuditorRead']) {
      expect([type, await verified(withoutType(whole, type), '--key', keyId)]).toEqual([type, expect.objectContaining({ code: 1, stdout: expect.stringContaining('EVENT_REMOVED') })]);
    }
    const ofApp = idsIn(await exported('app', '--app', 'acme'));
    expect(acts.filter(({ eventId }) => ofApp.includes(eventId)).map(({ type }) => type)).toEqual(['AppRegistered', 'OwnerAdded', 'AppRenamed']);
  }, 180_000);

  it('hold with --administration what administrativeEvents shows to auditors, and nothing else', async () => {
    const lines = await exported('acts', '--administration');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ type: 'partner-access.export', data: { administration: true, app: null, from: null, to: null } });
    // The read of the acts is an act too, which came after them.
    expect(idsIn(lines).slice(0, acts.length)).toEqual(ids());
    expect(eventsIn(lines).slice(acts.length).map(({ type }) => type)).toEqual(['partner-access.AuditorRead']);
    const { code, stdout, stderr } = await verified(lines, '--key', keyId, '--checkpoints', join(directory.path, 'checkpoints'), '--previous', join(directory.path, 'whole.ndjson'));
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain(`${lines.length - 2} events, ${lines.length - 2} of them proved`);

    const from = String(acts.at(3)?.occurredAt);
    const to = String(acts.at(-1)?.occurredAt);
    const period = await exported('period', '--administration', '--from', from, '--to', to);
    expect(idsIn(period)).toEqual(acts.filter(({ occurredAt }) => occurredAt >= from && occurredAt < to).map(({ eventId }) => eventId));
    expect(await verified(period, '--key', keyId)).toMatchObject({ code: 0, stdout: '' });
  }, 180_000);

  it('are contradicted by verify where an act is missing or changed, or something else is among them', async () => {
    const lines = await exported('changed', '--administration');
    for (const type of ['AppRegistered', 'WebhookRegistered', 'AuditorRead', 'PersonErased']) {
      expect([type, await verified(withoutType(lines, type), '--key', keyId)]).toEqual([type, expect.objectContaining({ code: 1, stdout: expect.stringContaining('EVENT_REMOVED') })]);
      expect([type, await verified(unsealed(withoutType(lines, type)), '--key', keyId)]).toEqual([type, expect.objectContaining({ code: 1, stdout: expect.stringContaining('BUNDLE_UNSEALED') })]);
    }
    const renamed = lines.map((line) => line.replace('Acme Inc.', 'Acme Ltd.'));
    expect(await verified(unsealed(renamed))).toMatchObject({ code: 1, stdout: expect.stringContaining('EVENT_EDITED: app-acme') });
    expect(await verified(unsealed(lines))).toMatchObject({ code: 0, stdout: '' });

    // The whole log has the same checkpoint, so its lines have right proofs.
    expect(JSON.parse(lines.at(-1) ?? '').data.checkpoint).toEqual(JSON.parse(whole.at(-1) ?? '').data.checkpoint);
    const byMember = whole.filter((line) => line.includes('"startedAs":"MEMBER"'));
    expect(byMember).toHaveLength(1);
    const others = [...byMember, ...OF_OTHERS.flatMap((type) => whole.filter((line) => line.includes(`"type":"partner-access.${type}"`)).slice(0, 1))];
    expect(others).toHaveLength(4);
    const positionOf = (line: string): string => String((JSON.parse(line)).position);
    for (const other of others) {
      const events = [...lines.slice(1, -1), other].sort((a, b) => (positionOf(a) < positionOf(b) ? -1 : 1));
      const { code, stdout } = await verified(unsealed([lines[0] ?? '', ...events, lines.at(-1) ?? '']));
      expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^BUNDLE_CHANGED: It holds something that was not asked for/) });
    }
  }, 180_000);

  it('are CSV too with --administration, and are of no app or review', async () => {
    const { code, stdout } = await run('export', '--administration', '--format', 'csv');
    expect(code).toBe(0);
    const rows = stdout.trimEnd().split('\r\n').slice(1);
    expect(rows).toHaveLength(acts.length + 1);
    for (const [index, { eventId }] of acts.entries()) expect(rows[index]).toContain(eventId);
    for (const other of [['--app', 'acme'], ['--follow'], ['--review', '57a3197d-3e68-5886-8435-7745ac6332ed']]) {
      expect(await run('export', '--administration', ...other)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`'--administration' cannot be used with option '${other[0] ?? ''}`) });
    }
  }, 180_000);

  it('have the types of events that docs/verifier.md lists', () => {
    const [, section = ''] = readFileSync('docs/verifier.md', 'utf8').split('## A bundle of what operators and auditors did\n');
    const listed = section.split('\n## ', 1)[0]?.match(/^\| .*/gm)?.flatMap((row) => row.match(/`[A-Z]\w+`/g) ?? []) ?? [];
    expect(listed.map((name) => name.slice(1, -1)).sort()).toEqual([...ADMINISTRATIVE_TYPES].sort());
  });
});
