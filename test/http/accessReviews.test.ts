import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

const REVIEW = 'reviewId status note dueAt startedAt finishedAt position totalCount decidedCount startedBy { kind keapId } finishedBy { keapId } app { appId }';
const ITEMS = 'totalCount pageInfo { hasNextPage endCursor } nodes { user { userId keapId status } role kind decision remark decidedBy { keapId } decidedAt changedSince carriedOut }';

describe('access reviews', () => {
  const clock = new MovableClock();
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start({ clock });
  });
  afterAll(() => service.close());

  const startIn = async (app: GivenApp, by: Person = app.owner, more: object = {}): Promise<Json> => (await by.mutate('startAccessReview', { appId: app.appId, ...more }, `position review { ${REVIEW} }`)).review;
  const itemsOf = async (by: Person, reviewId: string, args = ''): Promise<Json> => (await by.read(`query ($reviewId: ID!) { accessReview(reviewId: $reviewId) { items${args} { ${ITEMS} } } }`, { reviewId })).accessReview.items;
  const decide = (by: Person, reviewId: string, userIds: readonly string[], decision: string, remark?: string): Promise<Json> => by.mutate('decideAccess', { reviewId, userIds, decision, remark }, `review { ${REVIEW} }`);

  it('are started, decided on, finished and carried out', async () => {
    const app = await GivenApp.register(service);
    const { person: second, userId: secondId } = await app.join('second', 'ADMIN', 'USER');
    const { userId: coachId } = await app.join('coach');
    const dueAt = new Date(Date.parse(clock.now()) + 7 * DAY_MS).toISOString();
    const review = await startIn(app, app.owner, { note: 'Quarter 1', dueAt });
    expect(review).toMatchObject({
      status: 'OPEN', note: 'Quarter 1', dueAt, finishedAt: null, finishedBy: null, totalCount: 3, decidedCount: 0,
      startedBy: { kind: 'MEMBER', keapId: app.owner.keapId }, app: { appId: app.appId },
    });
    const { reviewId, position } = review;
    const { app: then } = await app.owner.read('query ($appId: ID!, $position: LogPosition!) { app(appId: $appId, asOf: { position: $position }) { users { nodes { userId } } } }', { appId: app.appId, position });
    const items = await itemsOf(app.owner, reviewId);
    expect(items.nodes.map(({ user }: Json) => user.userId).sort()).toEqual(then.users.nodes.map(({ userId }: Json) => userId).sort());
    expect(items).toMatchObject({ totalCount: 3, nodes: [{ user: { userId: app.ownerUserId }, role: 'ADMIN', kind: 'USER', decision: null, remark: null, decidedBy: null, decidedAt: null, changedSince: false, carriedOut: false }, {}, { kind: 'PARTNER' }] });

    expect((await decide(app.owner, reviewId, [secondId], 'KEEP')).review).toMatchObject({ decidedCount: 1 });
    expect((await decide(app.owner, reviewId, [coachId], 'REMOVE', 'The project has ended')).review).toMatchObject({ decidedCount: 2 });
    expect(await app.owner.mutate('finishAccessReview', { reviewId })).toMatchObject({ code: 'REVIEW_INCOMPLETE' });
    expect(await itemsOf(app.owner, reviewId, '(undecided: true)')).toMatchObject({ totalCount: 1, nodes: [{ user: { userId: app.ownerUserId } }] });
    await decide(second, reviewId, [app.ownerUserId], 'KEEP');
    expect((await second.mutate('finishAccessReview', { reviewId }, `review { ${REVIEW} }`)).review).toMatchObject({ status: 'FINISHED', finishedAt: expect.any(String), finishedBy: { keapId: second.keapId } });

    const coach = async (): Promise<Json> => (await itemsOf(app.owner, reviewId)).nodes.find(({ user }: Json) => user.userId === coachId);
    expect(await coach()).toMatchObject({ decision: 'REMOVE', remark: 'The project has ended', decidedBy: { keapId: app.owner.keapId }, changedSince: false, carriedOut: false, user: { status: 'ACTIVE' } });
    await app.owner.mutate('removeUser', { appId: app.appId, userId: coachId });
    expect(await coach()).toMatchObject({ changedSince: true, carriedOut: true, user: { status: 'REMOVED' } });
  });

  it('can be read again by their global ids, and are listed latest first', async () => {
    const app = await GivenApp.register(service);
    const ids: string[] = [];
    for (const note of ['first', 'second', 'third']) ids.unshift((await startIn(app, app.owner, { note })).reviewId);
    const page = async (args: string): Promise<Json> => (await app.owner.read(`query ($appId: ID!) { accessReviews(appId: $appId, ${args}) { nodes { id reviewId } pageInfo { hasNextPage endCursor } } }`, { appId: app.appId })).accessReviews;
    const first = await page('first: 2');
    expect(first).toMatchObject({ nodes: [{ reviewId: ids[0] }, { reviewId: ids[1] }], pageInfo: { hasNextPage: true } });
    expect(await page(`first: 2, after: "${first.pageInfo.endCursor}"`)).toMatchObject({ nodes: [{ reviewId: ids[2] }], pageInfo: { hasNextPage: false } });
    const { node } = await app.owner.read('query ($id: ID!) { node(id: $id) { ... on AccessReview { reviewId note } } }', { id: first.nodes[1].id });
    expect(node).toEqual({ reviewId: ids[1], note: 'second' });
    const stranger = await service.as('stranger@elsewhere.example');
    expect(await stranger.read('query ($id: ID!) { node(id: $id) { __typename } }', { id: first.nodes[1].id })).toEqual({ node: null });
  });

  it('list the people page by page, in the order in which they joined', async () => {
    const app = await GivenApp.register(service);
    const joined: string[] = [app.ownerUserId];
    for (let number = 0; number < 5; number += 1) joined.push((await app.join(`p${number}`)).userId);
    const { reviewId } = await startIn(app);
    const met: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { nodes, pageInfo }: Json = await itemsOf(app.owner, reviewId, `(first: 4${after === null ? '' : `, after: "${after}"`})`);
      met.push(...nodes.map(({ user }: Json) => user.userId));
      after = pageInfo.endCursor;
      more = pageInfo.hasNextPage;
    }
    expect(met).toEqual(joined);
  });

  it('are read by auditors, whose reads are recorded, and by operators without the people', async () => {
    const app = await GivenApp.register(service);
    const auditor = await service.as('auditor@reviews.example', 'auditor');
    const operator = await service.as('operator@reviews.example', 'operator');
    const { reviewId } = await startIn(app, auditor);
    expect((await itemsOf(auditor, reviewId)).nodes).toHaveLength(1);
    const { accessReview } = await operator.read(`query ($reviewId: ID!) { accessReview(reviewId: $reviewId) { ${REVIEW} } }`, { reviewId });
    expect(accessReview).toMatchObject({ totalCount: 1, startedBy: { kind: 'AUDITOR' } });
    await expect(itemsOf(operator, reviewId)).rejects.toThrow(/FORBIDDEN/);
    const reads: unknown[] = [];
    for await (const { type, data } of service.running.membership.store.readAll()) if (type === 'AuditorRead' && data['appId'] === app.appId) reads.push(data['read']);
    expect(reads).toEqual(expect.arrayContaining(['accessReview', 'accessReviewItems']));
  });

  it('are started once for an idempotency key, and again decided so change nothing', async () => {
    const app = await GivenApp.register(service);
    const { userId } = await app.join('coach');
    const idempotencyKey = 'review of the spring';
    const [one, other] = await Promise.all([startIn(app, app.owner, { idempotencyKey }), startIn(app, app.owner, { idempotencyKey })]);
    expect(other).toEqual(one);
    const positions = [];
    for (let time = 0; time < 2; time += 1) positions.push((await app.owner.mutate('decideAccess', { reviewId: one.reviewId, userIds: [userId], decision: 'KEEP' })).position);
    expect(positions[1]).toBe(positions[0]);
    await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' });
    expect((await itemsOf(app.owner, one.reviewId)).nodes[1]).toMatchObject({ role: 'STANDARD', changedSince: true, carriedOut: false });
  });

  it('are compared with the one before: who is new, who is gone, whose role changed, and who was to be removed and was not', async () => {
    const app = await GivenApp.register(service);
    const { person: second, userId: secondId } = await app.join('second', 'ADMIN', 'USER');
    const joined: Record<string, string> = {};
    const names = ['stays', 'changes', 'leaves', 'lingers', 'returns'];
    for (const name of names) joined[name] = (await app.join(name)).userId;
    const differences = async (by: Person, reviewId: string, args = ''): Promise<Json> => (await by.read(
      `query ($reviewId: ID!) { accessReview(reviewId: $reviewId) { previous { reviewId } differences { previous { reviewId } newCount goneCount roleChangedCount notRemovedCount people${args} { pageInfo { endCursor hasNextPage } nodes { user { userId } changes role previousRole previousDecision previousRemark } } } } }`, { reviewId },
    )).accessReview;
    const finish = async (reviewId: string): Promise<void> => {
      await decide(second, reviewId, [app.ownerUserId], 'KEEP');
      expect(await second.mutate('finishAccessReview', { reviewId })).toMatchObject({ __typename: 'FinishAccessReviewSuccess' });
    };
    const first = (await startIn(app)).reviewId;
    expect(await differences(app.owner, first)).toEqual({ previous: null, differences: null });
    await decide(app.owner, first, [secondId, ...names.flatMap((name) => joined[name] ?? [])], 'KEEP');
    await decide(app.owner, first, [joined['lingers'] ?? '', joined['returns'] ?? ''], 'REMOVE', 'The project has ended');
    const meanwhile = (await startIn(app)).reviewId;
    await finish(first);
    // The one before is the one that was finished when a review started.
    expect((await differences(app.owner, meanwhile)).differences).toBeNull();

    for (const name of ['leaves', 'returns']) await app.owner.mutate('removeUser', { appId: app.appId, userId: joined[name] });
    await app.owner.mutate('changeUserRole', { appId: app.appId, userId: joined['changes'], role: 'ADMIN' });
    await app.owner.mutate('changeUserRole', { appId: app.appId, userId: joined['lingers'], role: 'ADMIN' });
    await app.join('returns');
    const { userId: newId } = await app.join('new');
    const later = (await startIn(app)).reviewId;
    const found = await differences(app.owner, later);
    expect(found).toMatchObject({ previous: { reviewId: first }, differences: { previous: { reviewId: first }, newCount: 2, goneCount: 1, roleChangedCount: 2, notRemovedCount: 1 } });
    expect(found.differences.people.nodes).toEqual([
      { user: { userId: joined['changes'] }, changes: ['ROLE_CHANGED'], role: 'ADMIN', previousRole: 'STANDARD', previousDecision: 'KEEP', previousRemark: null },
      { user: { userId: joined['lingers'] }, changes: ['ROLE_CHANGED', 'NOT_REMOVED'], role: 'ADMIN', previousRole: 'STANDARD', previousDecision: 'REMOVE', previousRemark: 'The project has ended' },
      { user: { userId: joined['returns'] }, changes: ['NEW'], role: 'STANDARD', previousRole: 'STANDARD', previousDecision: 'REMOVE', previousRemark: 'The project has ended' },
      { user: { userId: newId }, changes: ['NEW'], role: 'STANDARD', previousRole: null, previousDecision: null, previousRemark: null },
      { user: { userId: joined['leaves'] }, changes: ['GONE'], role: null, previousRole: 'STANDARD', previousDecision: 'KEEP', previousRemark: null },
    ]);
    const idsOf = async (args: string): Promise<readonly string[]> => (await differences(app.owner, later, args)).differences.people.nodes.map(({ user }: Json) => user.userId);
    expect(await idsOf('(changes: [NOT_REMOVED, GONE])')).toEqual([joined['lingers'], joined['leaves']]);
    expect(await idsOf('(changes: [])')).toEqual([]);
    expect(await idsOf(`(first: 2, after: "${(await differences(app.owner, later, '(first: 2)')).differences.people.pageInfo.endCursor}")`)).toEqual([joined['returns'], newId]);
    const auditor = await service.as('auditor@reviews.example', 'auditor');
    expect((await differences(auditor, later)).differences.newCount).toBe(2);
    await expect(differences(await service.as('operator@reviews.example', 'operator'), later)).rejects.toThrow(/FORBIDDEN/);
  });

  it('are tried without being written', async () => {
    const app = await GivenApp.register(service);
    const head = { 'x-dry-run': 'true' };
    const { startAccessReview } = await app.owner.read('mutation ($appId: ID!) { startAccessReview(input: { appId: $appId }) { ... on StartAccessReviewSuccess { review { totalCount items { nodes { user { userId } } } } } } }', { appId: app.appId }, head);
    expect(startAccessReview.review).toEqual({ totalCount: 1, items: { nodes: [{ user: { userId: app.ownerUserId } }] } });
    expect((await app.owner.read('query ($appId: ID!) { accessReviews(appId: $appId) { nodes { reviewId } } }', { appId: app.appId })).accessReviews.nodes).toEqual([]);
  });

  it('show nothing to somebody who becomes an admin in a trial only', async () => {
    const app = await GivenApp.register(service);
    const { person, invitationId } = await app.invite('guest', 'ADMIN');
    const { reviewId } = await startIn(app);
    const trial = await person.read(
      `mutation ($appId: ID!, $invitationId: ID!, $reviewId: ID!, $userId: ID!) {
        acceptInvitation(input: { appId: $appId, invitationId: $invitationId }) { __typename }
        decideAccess(input: { reviewId: $reviewId, userIds: [$userId], decision: REMOVE }) { __typename ... on UserError { code } }
        startAccessReview(input: { appId: $appId }) { __typename ... on UserError { code } }
      }`,
      { appId: app.appId, invitationId, reviewId, userId: app.ownerUserId }, { 'x-dry-run': 'true' },
    );
    expect(trial).toMatchObject({ decideAccess: { code: 'REVIEW_NOT_FOUND' }, startAccessReview: { code: 'APP_NOT_FOUND' } });
  });
});
