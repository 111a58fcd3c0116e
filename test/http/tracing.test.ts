import { setTimeout as pause } from 'node:timers/promises';
import { rosterStream } from '../../src/domain/streams';
import { openRawLogAt } from '../../src/composition/stores';
import { canonicalJson, eventHash, FIRST_PREVIOUS_HASH } from '../../src/eventstore/eventHash';
import { startOtlpTracing } from '../../src/tracing/otlp';
import { isTraceparent } from '../../src/tracing/tracing';
import { GivenApp } from '../support/givenApp';
import { type CollectedSpan, OtlpCollector } from '../support/otlpCollector';
import { ProgramProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';
import { WebhookReceiver } from '../support/webhookReceiver';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CLIENT_SPAN_ID = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${CLIENT_SPAN_ID}-01`;
const INVITE = 'mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename ... on InvitePartnerSuccess { position } ... on UserError { code } } }';
const SERVER = 2;
const FAILED = 2;

describe('traces', () => {
  let collector: OtlpCollector;
  beforeEach(async () => {
    collector = await OtlpCollector.start();
  });
  afterEach(() => collector.close());

  it('follow a request of a client through its command and append to the projection, the message and the webhook', async () => {
    const receiver = await WebhookReceiver.start();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' };
    const service = await TestService.start({ env, sends: ['mail', 'webhooks'] });
    const app = await GivenApp.register(service);
    const operator = await service.as('operator@example.com', 'operator');
    await operator.mutate('registerWebhook', { url: receiver.url, types: ['PartnerInvited'] }, 'webhook { webhookId }');
    const input = { appId: app.appId, keapId: 'traced@partners.example', role: 'STANDARD' };
    const answer = await app.owner.ask(INVITE, { input }, { traceparent: TRACEPARENT });
    expect(answer.data.invitePartner.__typename).toBe('InvitePartnerSuccess');
    expect((await app.owner.ask(INVITE, { input: { ...input, keapId: app.owner.keapId } }, { traceparent: TRACEPARENT })).data.invitePartner.code).toBe('CANNOT_INVITE_SELF');
    await receiver.until((arrived) => arrived.length > 0);
    const outbox = async (): Promise<Json> => (await fetch(`${service.url}/dev/outbox`, { headers: { accept: 'application/json' } })).json();
    while (!(await outbox()).some(({ to }: Json) => to === 'traced@partners.example')) await pause(5);
    const metadata: unknown[] = [];
    for await (const event of service.running.membership.store.readStream(rosterStream(app.appId))) if (event.type === 'PartnerInvited') metadata.push(event.metadata.traceparent);
    await service.running.close();

    const traced = collector.spans.filter(({ traceId }) => traceId === TRACE_ID);
    const named = (name: string): CollectedSpan => traced.find((span) => span.name === name)!;
    const request = named('POST /graphql');
    expect(request).toMatchObject({ kind: SERVER, parentSpanId: CLIENT_SPAN_ID });
    const command = named('command invitePartner');
    expect(command).toMatchObject({ parentSpanId: request.spanId });
    expect(metadata).toEqual([`00-${TRACE_ID}-${command.spanId}-01`]);
    expect(named('append')).toMatchObject({ parentSpanId: command.spanId });
    for (const name of ['project', 'send mail', 'send webhook']) expect(named(name)).toMatchObject({ parentSpanId: command.spanId, links: [{ traceId: TRACE_ID, spanId: command.spanId }] });
    expect(receiver.arrived[0]!.headers['traceparent']).toBe(`00-${TRACE_ID}-${named('send webhook').spanId}-01`);
    const refused = traced.filter(({ name }) => name === 'command invitePartner')[1]!;
    expect(refused.attributes).toContainEqual({ key: 'partner_access.refusal', value: { stringValue: 'CANNOT_INVITE_SELF' } });
    expect(refused.status.code).not.toBe(FAILED);
    expect(JSON.stringify(collector.spans)).not.toContain('traced@partners.example');
    expect(collector.spans.some(({ name }) => name.includes('/health'))).toBe(false);
    await service.close();
    await receiver.close();
  }, 30_000);

  it('stand on events whose hashes hold', async () => {
    const service = await TestService.start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
    const app = await GivenApp.register(service);
    await app.invite('partner');
    const log = await openRawLogAt({ dataDir: service.dataDir, eventStoreUrl: null });
    let previous = FIRST_PREVIOUS_HASH;
    const traced: boolean[] = [];
    for await (const event of log.events()) {
      if (event.stream !== rosterStream(app.appId)) continue;
      expect(event.hash).toBe(eventHash(previous, event));
      expect(canonicalJson(JSON.parse(event.metadataJson))).toBe(event.metadataJson);
      previous = event.hash;
      traced.push(isTraceparent(JSON.parse(event.metadataJson).traceparent));
    }
    expect(traced.length).toBeGreaterThan(1);
    expect(traced).toEqual(traced.map(() => true));
    await log.close();
    await service.close();
  }, 30_000);

  it.each([['is not there', 'closed'], ['answers nothing', 0], ['answers 500', 500]] as const)('change nothing when the collector %s', async (_, status) => {
    if (status === 'closed') await collector.close();
    else collector.status = status;
    const service = await TestService.start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: status === 'closed' ? 'http://127.0.0.1:9' : collector.url } });
    const app = await GivenApp.register(service);
    for (let number = 0; number < 20; number += 1) await app.invite(String(number));
    expect((await app.owner.read('query ($appId: ID!) { app(appId: $appId) { users { totalCount } } }', { appId: app.appId })).app.users.totalCount).toBe(21);
    await service.close();
    collector = status === 'closed' ? await OtlpCollector.start() : collector;
  }, 30_000);

  it('are neither recorded nor taken in without a collector, and nothing of OpenTelemetry but its interface is loaded', async () => {
    const service = await TestService.start();
    const app = await GivenApp.register(service);
    await app.owner.ask(INVITE, { input: { appId: app.appId, keapId: 'coach@partners.example', role: 'STANDARD' } }, { traceparent: TRACEPARENT });
    for await (const { metadata } of service.running.membership.store.readStream(rosterStream(app.appId))) expect(metadata).not.toHaveProperty('traceparent');
    await service.close();
    const directory = temporaryDirectory();
    const { stdout } = await new ProgramProcess('test/support/loadedModules.cjs', [], { DATA_DIR: directory.path, PORT: '0' }).ended;
    expect(stdout).toBe('[]');
    directory.remove();
  }, 30_000);
});

describe('an exporter', () => {
  it('says once that exports fail, and once that they succeed again', async () => {
    const collector = await OtlpCollector.start();
    collector.status = 400;
    const reported: boolean[] = [];
    const tracing = startOtlpTracing({ endpoint: collector.url, report: (error) => { reported.push(error !== null); }, exportEveryMs: 5 });
    const exported = async (): Promise<void> => {
      const before = collector.requests;
      tracing.start({ name: 'work' }).end();
      while (collector.requests === before) await pause(5);
    };
    for (const status of [400, 400, 200, 200, 400]) {
      collector.status = status;
      await exported();
      while (reported.at(-1) !== (status === 400)) await pause(5);
    }
    expect(reported).toEqual([true, false, true]);
    await tracing.close();
    await collector.close();
  }, 20_000);
});

describe('a traceparent', () => {
  it.each([
    [TRACEPARENT, true],
    [TRACEPARENT.toUpperCase(), false],
    [`00-${'0'.repeat(32)}-${CLIENT_SPAN_ID}-01`, false],
    [`00-${TRACE_ID}-${'0'.repeat(16)}-01`, false],
    [`01-${TRACE_ID}-${CLIENT_SPAN_ID}-01`, false],
    [`${TRACEPARENT}-more`, false],
    ['', false],
    [undefined, false],
    [[TRACEPARENT], false],
  ])('%s is taken in: %s', (value, taken) => {
    expect(isTraceparent(value)).toBe(taken);
  });
});
