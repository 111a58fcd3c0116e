import { recordDueReminders } from '../../src/application/accessReviews';
import { historyCsv } from '../../src/application/exports/history';
import { reviewStream } from '../../src/domain/streams';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { bundleLines } from '../../src/proofs/bundle';
import { readBundleOrPage } from '../../src/proofs/verify/reviewPage';
import { AccessQueries } from '../../src/projections/periodsOfAccess/queries';
import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import { SmtpInbox } from '../support/smtpInbox';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';
import { WebhookReceiver } from '../support/webhookReceiver';
import { SignedInService } from './signedInAs';

const PUBLIC_URL = 'https://partners.example/base';
const REMINDED = 'AccessReviewReminded';
const MINUTE_MS = 60_000;
const HISTORY = `query ($filter: MembershipEventFilter) { membershipEvents(filter: $filter) { nodes { id type appId stream summary actor { kind name } userId
  ... on AccessReviewRemindedEvent { reviewId reminder dueAt people undecided informedUserIds } } } }`;

async function* bytesOf(response: Response): AsyncGenerator<Buffer> {
  yield Buffer.from(await response.arrayBuffer());
}

describe('reminders of access reviews', () => {
  let clock: MovableClock;
  let inbox: SmtpInbox;
  let receiver: WebhookReceiver;
  let service: TestService;
  let app: GivenApp;
  beforeEach(async () => {
    clock = new MovableClock();
    [inbox, receiver] = await Promise.all([SmtpInbox.start(), WebhookReceiver.start()]);
    service = await TestService.start({ env: { ...inbox.env, PUBLIC_URL, WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' }, clock, sends: ['mail', 'webhooks'] });
    app = await GivenApp.register(service);
    const operator = await service.as('operator@example.com', 'operator');
    await operator.mutate('registerWebhook', { url: receiver.url, types: [REMINDED], appIds: [app.appId] });
  });
  afterEach(async () => {
    await service.close();
    await Promise.all([inbox.close(), receiver.close()]);
  });

  const startReview = async (inDays: number): Promise<{ readonly reviewId: string; readonly dueAt: string }> =>
    (await app.owner.mutate('startAccessReview', { appId: app.appId, dueAt: new Date(Date.parse(clock.now()) + inDays * DAY_MS).toISOString() }, 'review { reviewId dueAt }')).review;
  /** What the timer does, in several processes at once. */
  const lookForDue = async (): Promise<void> => {
    const { readModels, accessReviews, caughtUp } = service.running.membership;
    await Promise.all(Array.from({ length: 5 }, () => recordDueReminders(readModels.accessReviews, accessReviews, clock)));
    await caughtUp(5_000);
  };
  const recorded = async (reviewId: string): Promise<readonly StoredEvent[]> => {
    const found: StoredEvent[] = [];
    for await (const event of service.running.membership.store.readStream(reviewStream(reviewId))) if (event.type === REMINDED) found.push(event);
    return found;
  };
  const kindsOf = (events: readonly StoredEvent[]): readonly unknown[] => events.map(({ data }) => data['reminder']);
  const subjectsTo = ({ keapId }: Person): readonly (string | undefined)[] => inbox.arrived.filter(({ to, parsed }) => to.includes(keapId) && parsed.subject?.includes('access review') === true).map(({ parsed }) => parsed.subject);
  const untilTold = async (count: number, ...people: readonly Person[]): Promise<void> => {
    await Promise.all([inbox.until(() => people.every((person) => subjectsTo(person).length >= count)), receiver.until((arrived) => arrived.length >= count)]);
  };

  it('reach each admin and each webhook once at each moment, also across a restart, and end with the review', async () => {
    const { person: second, userId: secondId } = await app.join('second', 'ADMIN', 'USER');
    const { person: coach, userId: coachId } = await app.join('coach');
    const { reviewId, dueAt } = await startReview(10);
    await app.owner.mutate('decideAccess', { reviewId, userIds: [coachId], decision: 'KEEP' });
    await lookForDue();
    expect(await recorded(reviewId)).toEqual([]);

    clock.pass(3 * DAY_MS + MINUTE_MS);
    await lookForDue();
    const informedUserIds = [app.ownerUserId, secondId];
    expect(await recorded(reviewId)).toMatchObject([{ data: { appId: app.appId, reviewId, reminder: 'WEEK', dueAt, people: 3, undecided: 2, informedUserIds }, metadata: { actorId: 'reminders' } }]);
    await untilTold(1, app.owner, second);
    const [mail] = inbox.arrived.filter(({ to }) => to.includes(app.owner.keapId));
    for (const body of [mail?.parsed.text ?? '', mail?.parsed.html || '']) {
      for (const part of [`${app.appId} Keap Pro Recording`, 'is due on', '(UTC)', 'Decided so far: 1 of 3.', `${PUBLIC_URL}/reviews/${reviewId}`]) expect(body).toContain(part);
    }
    expect(receiver.arrived[0]?.json).toMatchObject({
      type: REMINDED,
      data: { appId: app.appId, stream: `review-${reviewId}`, actorId: 'reminders', userId: null, summary: 'The service reminded the admins of an access review that is due within a week, with 2 of 3 people not decided on.', data: { reviewId, reminder: 'WEEK', undecided: 2, dueAt } },
    });

    await service.restart();
    await lookForDue();
    clock.pass(6 * DAY_MS);
    await lookForDue();
    await untilTold(2, app.owner, second);
    expect(kindsOf(await recorded(reviewId))).toEqual(['WEEK', 'DAY']);

    const owner = await service.as(app.owner.keapId);
    await owner.mutate('decideAccess', { reviewId, userIds: [secondId], decision: 'KEEP' });
    const other = await service.as(second.keapId);
    await other.mutate('decideAccess', { reviewId, userIds: [app.ownerUserId], decision: 'KEEP' });
    expect(await other.mutate('finishAccessReview', { reviewId })).toMatchObject({ __typename: 'FinishAccessReviewSuccess' });
    const file = await fetch(`${service.url}/export/review.ndjson?review=${reviewId}`, { headers: { authorization: `Bearer ${owner.token ?? ''}` } });
    expect((await readBundleOrPage(bundleLines(bytesOf(file)), null)).verification).toMatchObject({ findings: [], sealedBy: expect.any(String), review: { reviewId, people: 3, kept: 3 } });
    clock.pass(2 * DAY_MS);
    await lookForDue();
    expect(kindsOf(await recorded(reviewId))).toEqual(['WEEK', 'DAY']);

    // A reminder of another review arrives after anything else that would have been sent.
    const { review } = await owner.mutate('startAccessReview', { appId: app.appId, dueAt: new Date(Date.parse(clock.now()) + MINUTE_MS).toISOString() }, 'review { reviewId }');
    clock.pass(2 * MINUTE_MS);
    await lookForDue();
    await untilTold(3, app.owner, second);
    expect(receiver.arrived.map(({ json }) => [json.data.data.reviewId, json.data.data.reminder])).toEqual([[reviewId, 'WEEK'], [reviewId, 'DAY'], [review.reviewId, 'OVERDUE']]);
    for (const admin of [app.owner, second]) expect(subjectsTo(admin)).toEqual([expect.stringContaining('is due on'), expect.stringContaining('is due on'), expect.stringContaining('is overdue')]);
    expect(subjectsTo(coach)).toEqual([]);
  });

  it('are only the latest one after the service was away, which its timer records by itself', async () => {
    const { reviewId } = await startReview(10);
    clock.pass(12 * DAY_MS);
    await service.restart();
    await untilTold(1, app.owner);
    await lookForDue();
    expect(kindsOf(await recorded(reviewId))).toEqual(['OVERDUE']);
    clock.pass(30 * DAY_MS);
    await lookForDue();
    expect(kindsOf(await recorded(reviewId))).toEqual(['OVERDUE']);
    expect([subjectsTo(app.owner).length, receiver.arrived.length]).toEqual([1, 1]);
  });

  it('skip the moments before the review was started', async () => {
    const { reviewId } = await startReview(3);
    await lookForDue();
    clock.pass(DAY_MS);
    await lookForDue();
    expect(await recorded(reviewId)).toEqual([]);
    clock.pass(DAY_MS + MINUTE_MS);
    await lookForDue();
    expect(kindsOf(await recorded(reviewId))).toEqual(['DAY']);
  });

  it('link to no page where the console is off', async () => {
    const production = await SignedInService.start({ env: { ...inbox.env, PUBLIC_URL }, clock, sends: ['mail'] });
    const owner = production.as({ sub: 'olivia', email: 'olivia@acme.example' });
    await production.as({ sub: 'opal', email: 'opal@keap.example', scope: 'operator' }).mutate('registerApp', { appId: 'acme', name: 'Acme', licences: 5, ownerKeapId: owner.keapId });
    await owner.mutate('startAccessReview', { appId: 'acme', dueAt: new Date(Date.parse(clock.now()) + MINUTE_MS).toISOString() });
    clock.pass(2 * MINUTE_MS);
    const { readModels, accessReviews } = production.service.running.membership;
    await recordDueReminders(readModels.accessReviews, accessReviews, clock);
    await inbox.until(() => subjectsTo(owner).length > 0);
    const body = inbox.arrived.find(({ to }) => to.includes(owner.keapId))?.parsed;
    expect(body?.text).toContain('is not finished');
    expect([body?.text, body?.html].join()).not.toContain(PUBLIC_URL);
    await production.service.close();
  });

  it('stand in the history of the app, for those who read it, and in its table', async () => {
    const { person: coach } = await app.join('coach');
    const { reviewId, dueAt } = await startReview(5);
    clock.pass(4 * DAY_MS + MINUTE_MS);
    await lookForDue();
    const filter = { appId: app.appId, types: [REMINDED] };
    const { membershipEvents: { nodes } } = await app.owner.read(HISTORY, { filter });
    expect(nodes).toEqual([{
      id: expect.any(String), type: REMINDED, appId: app.appId, stream: `review-${reviewId}`, actor: { kind: 'SYSTEM', name: 'Service' }, userId: null,
      summary: 'The service reminded the admins of an access review that is due within a day, with 2 of 2 people not decided on.', reviewId, reminder: 'DAY', dueAt, people: 2, undecided: 2, informedUserIds: [app.ownerUserId],
    }]);
    const node = async (person: Person): Promise<Json> => (await person.read('query ($id: ID!) { node(id: $id) { ... on MembershipEvent { type hash } } }', { id: nodes[0].id })).node;
    const [event] = await recorded(reviewId);
    expect(await node(app.owner)).toEqual({ type: REMINDED, hash: event?.hash });
    expect(await node(coach)).toBeNull();
    expect(await node((await GivenApp.register(service)).owner)).toBeNull();
    const { store, readModels, database } = service.running.membership;
    let table = '';
    for await (const line of historyCsv(store.readAll(), { ...readModels, access: new AccessQueries(database) })) table += line;
    expect(table.split('\n').find((line) => line.includes(REMINDED))).toContain(`,${app.appId},${app.appId} Keap Pro Recording,${REMINDED},`);
    expect(table).toContain('reminded the admins of an access review that is due within a day');
  });
});
