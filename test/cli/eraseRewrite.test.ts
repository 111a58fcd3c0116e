import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';
import { canonicalJson } from '../../src/eventstore/eventHash';
import { copyInPlainText } from '../support/plainLog';
import { cliProcess, type Ended, startServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json, Person } from '../support/person';
import { tracesBelow, tracesIn } from '../support/tracesInFiles';

const KEAP_ID = 'Zoe.Quux@vanishing.example';
const NAME = 'Zoe Quux';
const [CLIENT, LABEL, INVITED, MENTION] = ['zoes-own-phone', 'Zoes Lieblingskonto', 'Runs the books alone', 'Stands in for Zoe Quux until May'] as const;
const TRACES = [KEAP_ID, KEAP_ID.toLowerCase(), NAME, CLIENT, LABEL, INVITED];
const USERS = 'query ($appId: ID!) { app(appId: $appId) { users(first: 50) { nodes { userId keapId name status } } licences { used } } }';
const HISTORY = 'query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 200) { nodes { position type reason } } }';

describe('npm run cli -- erase --rewrite', () => {
  let directory: TemporaryDirectory;
  let before: Json;
  let erased: Ended;
  const place = (name: string): string => join(directory.path, name);
  const cli = (...args: readonly string[]): Promise<Ended> => cliProcess(args, { DATA_DIR: place('data') }).ended;
  const serving = async <T>(dataDir: string, use: (as: (keapId: string, scope?: string) => Promise<Person>) => Promise<T>): Promise<T> => {
    const { program, as, url } = await startServiceProcess(dataDir, {});
    try {
      while (!(await fetch(`${url}/health/ready`)).ok) await pause(5);
      return await use(as);
    } finally {
      program.kill('SIGTERM');
      await program.ended;
    }
  };
  const seen = (dataDir: string): Promise<Json> => serving(dataDir, async (as) => {
    const owner = await as('owner@stays.example');
    return { ...(await owner.read(USERS, { appId: 'acme' })), ...(await owner.read(HISTORY, { appId: 'acme' })) };
  });
  const exported = async (name: string): Promise<string> => {
    const { code, stdout } = await cli('export', ...(name === 'app' ? ['--app', 'acme'] : []));
    expect(code).toBe(0);
    return stdout;
  };
  const storeIdOf = (): string => {
    const store = EmbeddedEventStore.open(place('data'), { readOnly: true });
    void store.close();
    return store.storeId;
  };

  beforeAll(async () => {
    directory = temporaryDirectory();
    await serving(place('sealed'), async (as) => {
      await (await as('operator@stays.example', 'operator')).mutate('registerApp', { appId: 'acme', name: 'Acme', licences: 5, ownerKeapId: 'owner@stays.example', ownerName: 'Olivia' });
      const owner = await as('owner@stays.example');
      const { user, invitation } = await owner.mutate('inviteUser', { appId: 'acme', keapId: KEAP_ID, role: 'STANDARD', name: NAME, reason: INVITED }, 'user { userId } invitation { developmentToken }');
      const zoe = await as(KEAP_ID);
      const ask = (name: string, type: string, input: object): Promise<Json> =>
        zoe.read(`mutation ($input: ${type}!) { ${name}(input: $input) { __typename ... on UserError { message } } }`, { input }, { 'x-client-name': CLIENT });
      await ask('acceptInvitation', 'AcceptInvitationInput', { token: invitation.developmentToken });
      await ask('setAccountLabel', 'SetAccountLabelInput', { appId: 'acme', label: LABEL });
      await owner.mutate('changeUserRole', { appId: 'acme', userId: user.userId, role: 'ADMIN' });
      await owner.mutate('invitePartner', { appId: 'acme', keapId: 'paul@stays.example', role: 'STANDARD', name: 'Paul', reason: MENTION });
    });
    await copyInPlainText(place('sealed'), place('data'));
    before = await seen(place('data'));
    writeFileSync(place('kept.ndjson'), await exported('all'));
    writeFileSync(place('keptApp.ndjson'), await exported('app'));
    cpSync(join(place('data'), 'checkpoints'), place('keptCheckpoints'), { recursive: true });
    cpSync(place('data'), place('old'), { recursive: true });
    erased = await cli('erase', '--keap-id', KEAP_ID, '--rewrite', '--json');
  }, 240_000);
  afterAll(() => { directory.remove(); });

  it('leaves nothing of the person in any file, and everything else as it was', async () => {
    expect(tracesBelow(place('old'), TRACES)).not.toEqual([]);
    expect(erased).toMatchObject({ code: 0, stderr: expect.stringContaining('The log was written anew') });
    expect(tracesBelow(place('data'), TRACES)).toEqual([]);
    expect(existsSync(join(place('data'), 'rewrite'))).toBe(false);
    const report = JSON.parse(erased.stdout);
    expect(report).toMatchObject({
      number: 1, plainEvents: 0, plainFields: {},
      rewrite: { storeId: storeIdOf(), removed: { 'data.label': 1, 'data.person': expect.any(Number), 'data.reason': 2, 'metadata.clientAddress': expect.any(Number), 'metadata.clientName': 3 }, left: {} },
    });
    expect(report.rewrite.storeId).not.toBe(report.rewrite.previousStoreId);

    const after = await seen(place('data'));
    expect(tracesIn(Buffer.from(JSON.stringify(after)), TRACES)).toEqual([]);
    const owned = (nodes: Json): Json => nodes.map((user: Json) => (user.keapId === KEAP_ID ? { ...user, keapId: 'erased person #1', name: null } : user));
    const byId = (nodes: Json): Json => [...nodes].sort((a: Json, b: Json) => (a.userId < b.userId ? -1 : 1));
    expect(byId(after.app.users.nodes)).toEqual(byId(owned(before.app.users.nodes)));
    expect(after.app.licences).toEqual(before.app.licences);
    const reasons: Readonly<Record<string, string>> = { [INVITED]: 'erased with person #1', [MENTION]: 'Stands in for erased person #1 until May' };
    expect(after.membershipEvents.nodes).toEqual(before.membershipEvents.nodes.map((event: Json) => ({ ...event, reason: reasons[event.reason] ?? event.reason })));
    expect(tracesBelow(place('data'), TRACES)).toEqual([]);
    expect(JSON.parse((await cli('replay', '--json')).stdout)).toMatchObject({ equal: true });
  }, 120_000);

  it('is understood by verify, which says in words what was removed', async () => {
    const { previousStoreId, storeId } = JSON.parse(erased.stdout).rewrite;
    const { code, stdout, stderr } = await cli('verify');
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(new RegExp(`Written anew at \\S+: the log ${storeId} was made of the \\d+ events of the log ${previousStoreId}, whose last checkpoint is of \\S+ with the root [0-9a-f]{64}\\. Of \\d+ events, fields that named erased person #1 were removed \\(data\\.label in 1, `));
    for (const name of ['all', 'app']) {
      writeFileSync(place('new.ndjson'), await exported(name));
      expect(tracesIn(readFileSync(place('new.ndjson')), TRACES)).toEqual([]);
      const bundle = await cli('verify', place('new.ndjson'));
      expect(bundle).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('Written anew at') });
    }
  }, 120_000);

  it('is compared with the checkpoints and the bundles of the log before', async () => {
    writeFileSync(place('new.ndjson'), await exported('all'));
    expect(await cli('verify', place('new.ndjson'), '--checkpoints', place('keptCheckpoints'))).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/compared with (\d+) of \1 checkpoints/) });
    for (const kept of ['kept.ndjson', 'keptApp.ndjson']) expect(await cli('verify', place('new.ndjson'), '--previous', place(kept))).toMatchObject({ code: 0, stdout: '' });
    // The old bundle said something else of an event that the statement does not name.
    const lines = readFileSync(place('kept.ndjson'), 'utf8').split('\n');
    const changed = lines.map((text) => {
      if (!text.includes('"partner-access.AppRegistered"')) return text;
      const line = JSON.parse(text);
      line.data.licences = 6;
      return canonicalJson(line);
    });
    writeFileSync(place('changed.ndjson'), changed.join('\n'));
    expect((await cli('verify', place('new.ndjson'), '--previous', place('changed.ndjson'))).stdout).toMatch(/^HISTORY_REWRITTEN: app-acme, revision 0, .*the statement about what was removed does not name it\.$/m);
  }, 120_000);

  it('is a replaced log without the statement, and a forgery with another one', async () => {
    cpSync(place('data'), place('copy'), { recursive: true });
    const file = join(place('copy'), 'checkpoints', 'rewrites.ndjson');
    const verified = (): Promise<Ended> => cliProcess(['verify', place('copy')], { DATA_DIR: place('copy') }).ended;
    const statement = readFileSync(file, 'utf8');
    writeFileSync(file, '');
    expect(await verified()).toMatchObject({ code: 1, stdout: expect.stringMatching(/^LOG_REPLACED: The key \S+ signed another log/m) });
    writeFileSync(file, statement.replace('"person":"erased person #1"', '"person":"erased person #2"'));
    expect(await verified()).toMatchObject({ code: 1, stdout: expect.stringMatching(/^CHECKPOINT_FORGED: The signature in line 1 of rewrites\.ndjson is not that of its statement/m) });
    writeFileSync(file, statement);
    expect(await verified()).toMatchObject({ code: 0 });
  }, 120_000);

  it('says without --rewrite what it cannot reach, changes no event, and can be run again with it', async () => {
    cpSync(place('old'), place('again'), { recursive: true });
    const run = (...args: readonly string[]): Promise<Ended> => cliProcess(['erase', '--keap-id', KEAP_ID, ...args], { DATA_DIR: place('again') }).ended;
    expect(await run()).toMatchObject({ code: 1, stderr: expect.stringMatching(/^\d+ events name this person, all of them stored in plain text before events were encrypted\. Add --rewrite/) });
    expect(readFileSync(join(place('again'), 'events.db'))).toEqual(readFileSync(join(place('old'), 'events.db')));
    expect(await run('--rewrite')).toMatchObject({ code: 0 });
    expect(tracesBelow(place('again'), TRACES)).toEqual([]);
  }, 120_000);

  it('is refused where nothing could sign the statement, before anything is erased', async () => {
    cpSync(place('old'), place('keyless'), { recursive: true });
    const env = { DATA_DIR: place('keyless'), CHECKPOINT_KEY_FILE: place('nowhere.key') };
    expect(await cliProcess(['erase', '--keap-id', KEAP_ID, '--rewrite'], env).ended).toMatchObject({ code: 1, stderr: expect.stringContaining('is missing, so nothing could sign the statement') });
    expect(readdirSync(place('keyless')).some((name) => name.startsWith('readmodels'))).toBe(true);
  }, 120_000);
});
