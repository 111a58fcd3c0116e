import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProgramProcess, startServiceProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';

const ACTS = '{ administrativeEvents(first: 200) { nodes { eventId type appId stream } } }';

describe('bundles of what operators and auditors did', () => {
  let directory: TemporaryDirectory;
  beforeAll(() => {
    directory = temporaryDirectory();
  });
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

  it('hold every act where they are of the whole log, and verify misses one that is taken out', async () => {
    await acting(async (as) => {
      const operator = await as('operator@keap.example', 'operator');
      await operator.mutate('registerApp', { appId: 'acme', name: 'Acme', licences: 5, ownerKeapId: 'owner@acme.example' });
      await (await as('owner@acme.example')).mutate('invitePartner', { appId: 'acme', keapId: 'coach@partners.example', role: 'STANDARD' });
      const { webhook } = await operator.mutate('registerWebhook', { url: 'https://127.0.0.1:1/' }, 'webhook { webhookId }');
      await operator.mutate('replayWebhook', { webhookId: webhook.webhookId, deadLetters: true });
      await operator.mutate('removeWebhook', { webhookId: webhook.webhookId });
      await operator.mutate('releaseKeapId', { keapId: 'owner@acme.example' });
      await (await as('auditor@keap.example', 'auditor')).mutate('startAccessReview', { appId: 'acme' });
    });
    expect(await run('erase', '--keap-id', 'coach@partners.example')).toMatchObject({ code: 0 });
    const acts = await acting(() => Promise.resolve());
    expect([...new Set(acts.map(({ type }) => type))].sort()).toEqual(['AccessReviewStarted', 'AppRegistered', 'AuditorRead', 'KeapIdReleased', 'OwnerAdded', 'PersonErased', 'WebhookRegistered', 'WebhookRemoved', 'WebhookReplayRequested']);

    const whole = join(directory.path, 'whole.ndjson');
    expect(await run('export', '--out', whole)).toMatchObject({ code: 0 });
    const lines = readFileSync(whole, 'utf8').trimEnd().split('\n');
    const events: readonly Json[] = lines.slice(1, -1).map((line) => JSON.parse(line));
    expect(events.map(({ id }) => id)).toEqual(expect.arrayContaining(acts.map(({ eventId }) => eventId)));
    const [file = ''] = readdirSync(join(directory.path, 'checkpoints'));
    const { keyId } = JSON.parse(readFileSync(join(directory.path, 'checkpoints', file), 'utf8').split('\n', 1)[0] ?? '');
    expect(await run('verify', whole, '--key', keyId)).toMatchObject({ code: 0, stdout: '' });

    for (const type of ['PersonErased', 'WebhookRegistered', 'AuditorRead']) {
      const without = join(directory.path, `without-${type}.ndjson`);
      writeFileSync(without, `${lines.filter((line) => !line.includes(`"type":"partner-access.${type}"`)).join('\n')}\n`);
      expect([type, await run('verify', without, '--key', keyId)]).toEqual([type, expect.objectContaining({ code: 1, stdout: expect.stringContaining('EVENT_REMOVED') })]);
    }

    const { stdout } = await run('export', '--app', 'acme');
    const ofApp: readonly string[] = stdout.trimEnd().split('\n').slice(1, -1).map((line) => (JSON.parse(line) as { readonly id: string }).id);
    expect(acts.filter(({ eventId }) => ofApp.includes(eventId)).map(({ type }) => type)).toEqual(['AppRegistered', 'OwnerAdded']);
  }, 180_000);
});
