import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';
import { EmbeddedKeyStore } from '../../src/eventstore/embedded/keyStore';
import { PersonKeys } from '../../src/eventstore/people/keys';
import { SealedEventStore } from '../../src/eventstore/people/sealedEventStore';
import { ProgramProcess, startServiceProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json, Person } from '../support/person';
import { WebhookReceiver } from '../support/webhookReceiver';

const USERS = 'query ($appId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { users(first: 50) { totalCount nodes { userId keapId name status history(first: 50) { nodes { summary } } why { status { summary ... on InvitationAcceptedEvent { person { keapId name } } } } } } licences { used reserved available } } }';
const HISTORY = 'query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 200) { nodes { type summary data hash ... on PartnerInvitedEvent { person { keapId name } } } } }';
const ACTS = '{ administrativeEvents(filter: { appId: "-" }) { nodes { type stream summary actor { kind name keapId } data ... on PersonErasedEvent { number keys events plainEvents } } } }';
const ADDRESS = 'Zerlina.Quux@vanishing.example';
const NAME = 'Zerlina Quux';
const TRACE = /zerlina|quux|vanishing/i;

/** Every file below a directory that holds the text, whatever kind of file it is. */
function filesWith(trace: RegExp, directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) return filesWith(trace, path);
    const bytes = readFileSync(path);
    return [bytes.toString('latin1'), bytes.toString('utf16le')].some((text) => trace.test(text)) ? [path] : [];
  });
}

async function lastOf<T>(all: AsyncIterable<T>): Promise<T> {
  const found: T[] = [];
  for await (const one of all) found.push(one);
  return found.at(-1)!;
}

type SignIn = (keapId: string, scope?: string) => Promise<Person>;

describe('npm run cli -- erase', () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => {
    directory.remove();
  });

  const run = (...args: readonly string[]): Promise<Ended> => new ProgramProcess('dist/cli/main.js', args, { DATA_DIR: directory.path, LOG_LEVEL: 'error' }).ended;
  const serving = async <T>(use: (as: SignIn, url: string) => Promise<T>, signal: NodeJS.Signals = 'SIGTERM'): Promise<T> => {
    const { program, as, url } = await startServiceProcess(directory.path, { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });
    try {
      while (!(await fetch(`${url}/health/ready`)).ok) await pause(5);
      return await use(as, url);
    } finally {
      program.kill(signal);
      await program.ended;
    }
  };
  const invite = async (as: SignIn): Promise<Json> => {
    const owner = await as('owner@stays.example');
    const { user, invitation } = await owner.mutate('invitePartner', { appId: 'acme', keapId: ADDRESS, role: 'STANDARD', name: NAME }, 'user { userId } invitation { developmentToken }');
    const accepted = await (await as(ADDRESS)).mutate('acceptInvitation', { token: invitation.developmentToken }, 'position');
    return { user, accepted };
  };
  const shown = async (as: SignIn): Promise<Json> => {
    const owner = await as('owner@stays.example');
    const { app } = await owner.read(USERS, { appId: 'acme' });
    const auditor = await as('auditor@stays.example', 'auditor');
    const { administrativeEvents: { nodes: acts } } = await auditor.read(ACTS);
    return { app, acts: acts.filter(({ type }: Json) => type !== 'AuditorRead'), events: (await auditor.read(HISTORY, { appId: 'acme' })).membershipEvents.nodes };
  };
  /** An app in which the person became a partner, was mailed and looked up, also as of a moment. */
  const live = (signal?: NodeJS.Signals): Promise<Json> => serving(async (as, url) => {
    await (await as('operator@stays.example', 'operator')).mutate('registerApp', { appId: 'acme', name: 'Acme', licences: 5, ownerKeapId: 'owner@stays.example', ownerName: 'Olivia' });
    const { accepted } = await invite(as);
    const auditor = await as('auditor@stays.example', 'auditor');
    await auditor.read('query ($keapId: String!) { membershipEvents(filter: { keapId: $keapId }, first: 5) { nodes { type } } }', { keapId: ADDRESS });
    await auditor.read(USERS, { appId: 'acme', asOf: { position: accepted.position } });
    while (!JSON.stringify(await outbox(url)).includes(ADDRESS)) await pause(5);
    return shown(as);
  }, signal);
  const outbox = async (url: string): Promise<Json> => (await fetch(`${url}/dev/outbox`, { headers: { accept: 'application/json' } })).json();
  /** What a process leaves behind that dies while it fills new read models and looks at the past. */
  const leaveHalfDone = (): void => {
    mkdirSync(join(directory.path, 'past'), { recursive: true });
    for (const suffix of ['', '-wal']) {
      const from = join(directory.path, `readmodels.db${suffix}`);
      if (existsSync(from)) for (const to of [`readmodels.next.db${suffix}`, 'readmodels.next.db.unfinished', `past/snapshot.db${suffix}`]) copyFileSync(from, join(directory.path, to));
    }
  };

  it('removes the person from every file and leaves everything else unchanged', async () => {
    const before = await live('SIGKILL');
    leaveHalfDone();
    expect(before.app.users.nodes.map(({ keapId }: Json) => keapId)).toContain(ADDRESS);
    const places = filesWith(TRACE, directory.path).map((file) => relative(directory.path, file).replace(/-wal$|\/.*/, ''));
    expect([...new Set(places)].sort()).toEqual(['outbox', 'past', 'readmodels.db', 'readmodels.next.db', 'readmodels.next.db.unfinished']);
    const erased = await run('erase', '--keap-id', ADDRESS.toUpperCase(), '--json');
    expect(erased).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(erased.stdout)).toMatchObject({ number: 1, plainEvents: 0, events: 4, messages: 1 });
    expect(filesWith(TRACE, directory.path)).toEqual([]);
    expect(await run('verify')).toMatchObject({ code: 0, stdout: '' });

    const after = await serving(async (as, url) => {
      expect(JSON.stringify(await outbox(url))).not.toMatch(TRACE);
      return shown(as);
    });
    expect(after.app.licences).toEqual(before.app.licences);
    expect(after.app.users.totalCount).toBe(before.app.users.totalCount);
    const user = before.app.users.nodes.find(({ keapId }: Json) => keapId === ADDRESS);
    expect(after.app.users.nodes).toContainEqual({
      ...user, keapId: 'erased person #1', name: null,
      history: { nodes: [{ summary: 'Olivia invited erased person #1 as a partner with the role STANDARD.' }, { summary: 'erased person #1 joined as a partner with the role STANDARD.' }] },
      why: { status: { summary: 'erased person #1 joined as a partner with the role STANDARD.', person: { keapId: 'erased person #1', name: null } } },
    });
    expect(after.app.users.nodes).toContainEqual(expect.objectContaining({ keapId: 'owner@stays.example', name: 'Olivia' }));
    const facts = ({ type, data, hash }: Json): Json => ({ type, data, hash });
    expect(after.events.map(facts)).toEqual(before.events.map(facts));
    expect(after.events.find(({ type }: Json) => type === 'PartnerInvited').person).toEqual({ keapId: 'erased person #1', name: null });
    const command = { kind: 'OPERATOR', name: 'Command "erase"', keapId: null };
    const keys = [expect.stringMatching(/^[0-9a-f]{32}$/)];
    expect(before.acts).toEqual([]);
    expect(after.acts).toEqual([
      expect.objectContaining({ type: 'KeapIdReleased', actor: command }),
      { type: 'PersonErased', stream: 'administration', summary: 'An operator erased a person, who is shown as "erased person #1", in 4 events.', actor: command, data: expect.any(String), number: 1, keys, events: 4, plainEvents: 0 },
    ]);
    expect(after.events.find(({ type }: Json) => type === 'PartnerInvited').data).toContain(after.acts[1].keys[0]);
    expect(JSON.stringify(after)).not.toMatch(TRACE);
    expect(filesWith(TRACE, directory.path)).toEqual([]);
    expect(await run('verify')).toMatchObject({ code: 0, stdout: '' });
    expect((await run('export', '--app', 'acme', '--format', 'csv')).stdout).toMatch(/erased person #1/);
    expect(JSON.parse((await run('replay', '--json')).stdout)).toMatchObject({ equal: true });
  }, 120_000);

  it('reads a log that was stored in plain text, and says which of its data cannot be erased', async () => {
    const sealed = await live();
    const sealing = directory;
    directory = temporaryDirectory();
    copyFileSync(join(sealing.path, 'secret.key'), join(directory.path, 'secret.key'));
    const secretKey = Buffer.from(readFileSync(join(directory.path, 'secret.key'), 'utf8'), 'base64');
    const source = new SealedEventStore(EmbeddedEventStore.open(sealing.path), new PersonKeys(EmbeddedKeyStore.open(sealing.path), { current: secretKey }, (address) => address));
    const before = EmbeddedEventStore.open(directory.path);
    for await (const event of source.readAll()) {
      const stored = await lastOf(source.inner.readStream(event.stream, { fromRevision: event.revision, maxCount: 1 }));
      const { clientAddress } = { ...(await source.disclose(stored)).actor?.content };
      const { actorId, correlationId, causationId, commandId } = event.metadata;
      await before.append(event.stream, [{ ...event, metadata: { actorId, correlationId, causationId, commandId, ...(typeof clientAddress === 'string' ? { clientAddress } : {}) } }], event.revision - 1);
    }
    await source.close();
    await before.close();
    sealing.remove();
    expect(filesWith(TRACE, directory.path)).not.toEqual([]);

    const after = await serving(shown);
    expect(after.app).toEqual(sealed.app);
    expect(await run('verify')).toMatchObject({ code: 0, stdout: '' });
    expect(JSON.parse((await run('replay', '--json')).stdout)).toMatchObject({ equal: true });
    // The auditor's look by Keap ID came after the keys, so that one event has one.
    await serving(async (as) => (await as('auditor@stays.example', 'auditor')).read('query ($keapId: String!) { membershipEvents(filter: { keapId: $keapId }, first: 5) { nodes { type } } }', { keapId: ADDRESS }));
    const erased = await run('erase', '--keap-id', ADDRESS, '--json');
    expect(erased).toMatchObject({ code: 0, stderr: expect.stringMatching(/^4 events hold something about this person that no key of theirs protects[^]*\n {2}data\.person: 4\n {2}metadata\.clientAddress: 2\n/) });
    expect(JSON.parse(erased.stdout)).toMatchObject({ number: 1, events: 1, plainEvents: 4, plainFields: { 'data.person': 4, 'metadata.clientAddress': 2 } });
    expect((await serving(shown)).app.users.nodes.map(({ keapId }: Json) => keapId)).toContain(ADDRESS);
  }, 120_000);

  it('lets the person be invited again under a new identity', async () => {
    await live();
    await run('erase', '--keap-id', ADDRESS);
    const after = await serving(async (as) => {
      const owner = await as('owner@stays.example');
      await owner.mutate('invitePartner', { appId: 'acme', keapId: ADDRESS, role: 'STANDARD', name: NAME }, 'user { userId }');
      return shown(as);
    });
    expect(after.app.users.nodes.map(({ keapId }: Json) => keapId).sort()).toEqual([ADDRESS, 'erased person #1', 'owner@stays.example']);
    const keys = after.events.filter(({ type }: Json) => type === 'PartnerInvited').map(({ data }: Json) => JSON.parse(data).person.key);
    expect(new Set(keys).size).toBe(2);
    expect(JSON.parse((await run('erase', '--keap-id', ADDRESS, '--json')).stdout)).toMatchObject({ number: 2 });
    expect(filesWith(TRACE, directory.path)).toEqual([]);
  }, 120_000);

  it('sends no more of the person to webhooks, even when events are replayed', async () => {
    const receiver = await WebhookReceiver.start();
    const invitations = (): readonly string[] => receiver.arrived.filter(({ json }) => json.type === 'PartnerInvited').map(({ body }) => body);
    const webhookId = await serving(async (as) => {
      const operator = await as('operator@stays.example', 'operator');
      const { webhook } = await operator.mutate('registerWebhook', { url: receiver.url, appIds: ['acme'], personalData: true }, 'webhook { webhookId }');
      await operator.mutate('registerApp', { appId: 'acme', name: 'Acme', licences: 5, ownerKeapId: 'owner@stays.example', ownerName: 'Olivia' });
      await invite(as);
      await receiver.until((arrived) => arrived.some(({ json }) => json.type === 'InvitationAccepted'));
      return webhook.webhookId as string;
    });
    expect(invitations()).toEqual([expect.stringContaining(ADDRESS)]);
    await run('erase', '--keap-id', ADDRESS);
    receiver.arrived.splice(0);
    await serving(async (as) => {
      await (await as('operator@stays.example', 'operator')).mutate('replayWebhook', { webhookId, after: '0' }, 'position');
      await receiver.until((arrived) => arrived.some(({ json }) => json.type === 'InvitationAccepted'));
    });
    expect(invitations()).toEqual([expect.stringContaining('erased person #1')]);
    expect(receiver.arrived.map(({ body }) => body).join('\n')).not.toMatch(TRACE);
    await receiver.close();
  }, 120_000);

  it('refuses to run beside the service, and changes nothing', async () => {
    await live();
    await serving(async (as) => {
      expect(await run('erase', '--keap-id', ADDRESS)).toMatchObject({ code: 1, stderr: expect.stringContaining('stop the other process') });
      expect((await shown(as)).app.users.nodes.map(({ keapId }: Json) => keapId)).toContain(ADDRESS);
    });
  }, 120_000);

  it('reports an unknown person and a wrong SECRET_KEY', async () => {
    await live();
    expect(await run('erase', '--keap-id', 'nobody@stays.example')).toMatchObject({ code: 1, stderr: 'No event names this person. Check the spelling of the Keap ID.\n' });
    expect(await run('erase', '--keap-id', ' ')).toMatchObject({ code: 2, stderr: expect.stringContaining('It must be the e-mail address of the person to erase.') });
    expect(await run('erase')).toMatchObject({ code: 2 });
    const wrong = { DATA_DIR: directory.path, LOG_LEVEL: 'error', SECRET_KEY: Buffer.alloc(32, 1).toString('base64') };
    expect(await new ProgramProcess('dist/cli/main.js', ['erase', '--keap-id', ADDRESS], wrong).ended).toMatchObject({ code: 1, stderr: expect.stringContaining('SECRET_KEY is not the one') });
    expect(await new ProgramProcess('dist/main.js', [], wrong).ended).toMatchObject({ code: 1, stderr: expect.stringContaining('SECRET_KEY is not the one') });
  }, 120_000);
});
