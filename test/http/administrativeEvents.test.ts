import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { changesOfLines } from '../../src/application/importing/changes';
import { rosterStream } from '../../src/domain/streams';
import type { Answer, Json, Person } from '../support/person';
import { SignedInService } from './signedInAs';

const NODES = 'nodes { __typename id appId type stream revision summary userId user { keapId } actor { kind name keapId user { keapId } } reason data hash position occurredAt correlationId';
const OWN = `... on OwnerAddedEvent { person { keapId name } } ... on AdminAppointedEvent { person { keapId name } } ... on UserReboundEvent { person { keapId name } }
  ... on WebhookRegisteredEvent { webhookId webhookUrl eventTypes appIds personalData } ... on WebhookRemovedEvent { webhookId } ... on WebhookReplayRequestedEvent { webhookId after }
  ... on KeapIdReleasedEvent { personId } ... on AuditorReadEvent { read arguments person { keapId } } ... on AccessReviewStartedEvent { reviewId reviewedPosition note dueAt people }`;
const ACTS = `query ($filter: MembershipEventFilter, $first: Int, $after: String, $last: Int, $before: String) {
  administrativeEvents(filter: $filter, first: $first, after: $after, last: $last, before: $before) { pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor } ${NODES} ${OWN} } } }`;
const HISTORY = 'query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 200) { pageInfo { endCursor } nodes { id type summary actor { kind name keapId } } } }';
const NODE = 'query ($id: ID!) { node(id: $id) { __typename ... on MembershipEvent { type appId summary user { keapId } } } }';

const codesOf = ({ errors }: Answer): string[] => errors.map(({ extensions }) => extensions.code);

describe('administrative events over HTTP', () => {
  let signIn: SignedInService;
  let opal: Person;
  let oscar: Person;
  let ada: Person;
  let owner: Person;
  let webhookId: string;
  beforeAll(async () => {
    signIn = await SignedInService.start({ env: { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' } });
    opal = signIn.as({ sub: 'opal', email: 'Opal@keap.example', name: 'Opal Operator', scope: 'operator' });
    oscar = signIn.as({ sub: 'oscar', email: 'oscar@keap.example', scope: 'operator' });
    ada = signIn.as({ sub: 'ada', email: 'ada@audit.example', name: 'Ada Auditor', scope: 'auditor' });
    owner = signIn.as({ sub: 'olivia', email: 'olivia@acme.example', name: 'Olivia Owner' });
    await act();
  });
  afterAll(() => signIn.service.close());

  /** Everything that operators and auditors can do, and some of what they cannot. */
  async function act(): Promise<void> {
    await opal.mutate('registerApp', { appId: 'acme', name: 'Acme', licences: 5, ownerKeapId: owner.keapId, ownerName: 'Olivia' });
    await opal.mutate('setLicences', { appId: 'acme', licences: 9 });
    await oscar.mutate('renameApp', { appId: 'acme', name: 'Acme Ltd' });
    await owner.mutate('invitePartner', { appId: 'acme', keapId: 'coach@partners.example', role: 'STANDARD' });
    await owner.mutate('startAccessReview', { appId: 'acme' });
    const { user } = await opal.mutate('appointAdmin', { appId: 'acme', keapId: 'second@acme.example', name: 'Sam Second', reason: 'Ticket 1' }, 'user { userId }');
    await opal.mutate('rebindUser', { appId: 'acme', userId: user.userId, keapId: 'sam@acme.example', reason: 'Ticket 2' });
    await opal.mutate('releaseKeapId', { keapId: owner.keapId });
    webhookId = (await opal.mutate('registerWebhook', { url: 'https://127.0.0.1:1/hook/secret', types: ['UserRemoved'] }, 'webhook { webhookId }')).webhook.webhookId;
    await opal.mutate('replayWebhook', { webhookId, deadLetters: true });
    await opal.mutate('removeWebhook', { webhookId });
    await ada.mutate('startAccessReview', { appId: 'acme', note: 'Quarter 2' });
    await ada.read('query { membershipEvents(filter: { appId: "acme", keapId: "coach@partners.example" }, first: 1) { nodes { type } } }');
  }

  const list = async (by: Person, variables: object = {}): Promise<Json> => (await by.read(ACTS, variables)).administrativeEvents;
  const acts = async (by: Person, filter: object = {}): Promise<Json[]> => (await list(by, { filter, first: 200 })).nodes;
  const typesOf = (nodes: readonly Json[]): string[] => nodes.map(({ type }) => type);

  const BY_OPERATORS = ['AppRegistered', 'OwnerAdded', 'LicencesSet', 'AppRenamed', 'AdminAppointed', 'UserRebound', 'KeapIdReleased', 'WebhookRegistered', 'WebhookReplayRequested', 'WebhookRemoved'];

  it('are what operators and auditors did, in log order, each with who did it', async () => {
    const found = (await acts(ada)).slice(0, 12);
    expect(typesOf(found)).toEqual([...BY_OPERATORS, 'AccessReviewStarted', 'AuditorRead']);
    const [named, unnamed, auditor] = [{ kind: 'OPERATOR', name: 'Opal Operator', keapId: 'Opal@keap.example', user: null }, { kind: 'OPERATOR', name: null, keapId: 'oscar@keap.example', user: null }, { kind: 'AUDITOR', name: 'Ada Auditor', keapId: 'ada@audit.example', user: null }];
    expect(found.map(({ actor }) => actor)).toEqual([named, named, named, unnamed, ...Array<object>(6).fill(named), auditor, auditor]);
    expect(found.map(({ summary }) => summary)).toEqual([
      'Opal Operator registered the app Acme with 5 licences.',
      'Olivia Owner became the owner of the app.',
      'Opal Operator gave the app 9 licences.',
      'oscar@keap.example set the name of the app to Acme Ltd and its address to https://acme.infusionsoft.com.',
      'Opal Operator appointed Sam Second as an admin, with the reason "Ticket 1".',
      'Opal Operator gave the membership of Sam Second to the next sign-in with their Keap ID, with the reason "Ticket 2".',
      'Opal Operator released a Keap ID from the sign-in that held it.',
      'Opal Operator registered a webhook at 127.0.0.1:1.',
      'Opal Operator asked for the dead letters of a webhook to be sent again.',
      'Opal Operator removed a webhook.',
      'Ada Auditor started an access review of acme, with 2 people.',
      'Ada Auditor read membershipEvents of acme.',
    ]);
    expect(found.map(({ appId }) => appId)).toEqual([...Array<string>(6).fill('acme'), '-', '-', '-', '-', 'acme', 'acme']);
    expect(found[1]).toMatchObject({ user: { keapId: 'olivia@acme.example' }, person: { keapId: 'olivia@acme.example', name: 'Olivia' } });
    expect(found[7]).toMatchObject({ webhookId, webhookUrl: 'https://127.0.0.1:1/hook/secret', eventTypes: ['UserRemoved'], appIds: null, personalData: false, userId: null, user: null });
    expect(found[8]).toMatchObject({ webhookId, after: null });
    expect(found[9]).toMatchObject({ webhookId, stream: `webhook-${webhookId}` });
    expect(found[10]).toMatchObject({ note: 'Quarter 2', dueAt: null, people: 2, reviewedPosition: expect.stringMatching(/^\d{16}$/), reviewId: expect.any(String) });
    expect(found[11]).toMatchObject({ read: 'membershipEvents', arguments: '{"first":1}', person: { keapId: 'coach@partners.example' } });
    const positions = found.map(({ position }) => position);
    expect([...positions].sort()).toEqual(positions);
  });

  it('show an operator what operators did, and people only where an operator named them', async () => {
    const found = await acts(oscar);
    expect(typesOf(found)).toEqual([...BY_OPERATORS, 'AccessReviewStarted']);
    expect(found.map(({ user }) => user)).toEqual(Array(found.length).fill(null));
    expect(found[1]).toMatchObject({ person: { keapId: 'olivia@acme.example', name: 'Olivia' }, summary: 'Olivia became the owner of the app.' });
    expect(found[4]).toMatchObject({ person: { keapId: 'second@acme.example', name: 'Sam Second' }, summary: 'Opal Operator appointed Sam Second as an admin, with the reason "Ticket 1".' });
    expect(typesOf(await acts(oscar, { types: ['AuditorRead', 'LicencesSet'] }))).toEqual(['LicencesSet']);
    expect(await acts(oscar, { types: ['AuditorRead'] })).toEqual([]);
    expect(codesOf(await oscar.ask(ACTS, { filter: { keapId: 'olivia@acme.example' } }))).toEqual(['FORBIDDEN']);
  });

  it('are found by app, type, actor, time, user, request and position', async () => {
    const all = await acts(opal);
    const time = all[4].occurredAt;
    for (const [filter, expected] of [
      [{ appId: 'acme' }, all.filter(({ appId }) => appId === 'acme')],
      [{ appId: '-' }, all.filter(({ appId }) => appId === '-')],
      [{ appIds: ['acme', '-'] }, all],
      [{ appId: 'other' }, []],
      [{ types: ['WebhookRemoved', 'LicencesSet', 'PartnerInvited'] }, all.filter(({ type }) => ['WebhookRemoved', 'LicencesSet'].includes(type))],
      [{ actorKeapId: 'OSCAR@keap.example' }, all.filter(({ type }) => type === 'AppRenamed')],
      [{ actorKeapId: 'nobody@keap.example' }, []],
      [{ userId: all[4].userId }, all.filter(({ type }) => ['AdminAppointed', 'UserRebound'].includes(type))],
      [{ correlationId: all[0].correlationId }, all.slice(0, 2)],
      [{ from: time, to: '2999-01-01T00:00:00Z' }, all.filter(({ occurredAt }) => occurredAt >= time)],
      [{ to: time }, all.filter(({ occurredAt }) => occurredAt < time)],
      [{ afterPosition: all[6].position, appId: '-' }, all.slice(7, 10)],
    ] as const) {
      expect([filter, (await acts(opal, filter)).map(({ position }) => position)]).toEqual([filter, expected.map(({ position }) => position)]);
    }
    expect(typesOf(await acts(ada, { keapId: 'olivia@acme.example' }))).toEqual(['OwnerAdded']);
  });

  it('are read page by page in both directions, with cursors of their own', async () => {
    const all = await acts(opal);
    const forwards: Json[] = [];
    for (let after: string | null = null; ;) {
      const { nodes, pageInfo }: Json = await list(opal, { first: 4, after });
      forwards.push(...nodes);
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(forwards).toEqual(all);
    const { nodes, pageInfo } = await list(opal, { last: 3 });
    expect([nodes, pageInfo.hasPreviousPage, pageInfo.hasNextPage]).toEqual([all.slice(-3), true, false]);
    expect((await list(opal, { last: 2, before: pageInfo.startCursor })).nodes).toEqual(all.slice(-5, -3));
    const { endCursor } = (await ada.read(HISTORY, { appId: 'acme' })).membershipEvents.pageInfo;
    expect(codesOf(await opal.ask(ACTS, { first: 2, after: endCursor }))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await opal.ask(ACTS, { first: 201 }))).toEqual(['BAD_USER_INPUT']);
  });

  it('are nobody else\'s to read, and an auditor\'s look at them is recorded', async () => {
    expect(codesOf(await owner.ask(ACTS))).toEqual(['FORBIDDEN']);
    expect(codesOf(await owner.ask(ACTS, { filter: { appId: 'acme' } }))).toEqual(['FORBIDDEN']);
    expect(codesOf(await signIn.service.nobody().ask(ACTS))).toEqual(['UNAUTHENTICATED']);
    await list(ada, { filter: { types: ['AppRenamed'] }, first: 7 });
    const [last] = (await list(ada, { last: 1 })).nodes;
    expect(last).toMatchObject({ type: 'AuditorRead', appId: '-', read: 'administrativeEvents' });
    expect(JSON.parse(last.arguments)).toEqual({ types: ['AppRenamed'], first: 7 });
  });

  it('are read again by their ids, by those who may list them', async () => {
    const found = await acts(ada);
    const node = async (by: Person, id: string): Promise<Json> => (await by.read(NODE, { id })).node;
    for (const { id, type, appId } of found.slice(0, 12)) {
      expect(await node(ada, id)).toMatchObject({ __typename: `${type}Event`, type, appId });
      expect([type, await node(oscar, id)]).toEqual([type, type === 'AuditorRead' ? null : expect.objectContaining({ type, user: null })]);
    }
    expect(await node(owner, found[0].id)).toMatchObject({ type: 'AppRegistered' });
    expect(await node(owner, found[7].id)).toBeNull();
    const stranger = signIn.as({ sub: 'stranger', email: 'stranger@example.com' });
    for (const { id } of found.slice(0, 12)) expect(await node(stranger, id)).toBeNull();
    // Events that are no acts of operators or auditors, under ids that look like theirs.
    const { nodes } = (await ada.read(HISTORY, { appId: 'acme' })).membershipEvents;
    expect(await node(oscar, nodes.find(({ type }: Json) => type === 'PartnerInvited').id)).toBeNull();
    const idOf = (text: string): string => Buffer.from(`MembershipEvent:${text}`).toString('base64url');
    for (const text of ['-:e0-app-acme', 'acme:e0-app-acme', '-:e0-webhook-nothing', `-:e0-${found[6].stream}`, `acme:e0-${found[7].stream}`, 'acme:r99', 'acme:e9']) expect([text, await node(oscar, idOf(text))]).toEqual([text, null]);
  });

  it('name operators and auditors in an app\'s own history too', async () => {
    const { nodes } = (await ada.read(HISTORY, { appId: 'acme' })).membershipEvents;
    expect(nodes.find(({ type }: Json) => type === 'LicencesSet')).toMatchObject({ summary: 'Opal Operator gave the app 9 licences.', actor: { kind: 'OPERATOR', name: 'Opal Operator', keapId: 'Opal@keap.example' } });
    expect(nodes.filter(({ actor }: Json) => actor.keapId === null)).toEqual([]);
  });

  it('name an operator by the name of their latest token', async () => {
    const at = (iat: number, name?: string): Person => signIn.as({ sub: 'nora', email: 'nora@keap.example', scope: 'operator', iat, ...(name === undefined ? {} : { name }) });
    await at(1_700_000_000, 'Nora New').mutate('setLicences', { appId: 'acme', licences: 10 });
    const nameOf = async (): Promise<Json> => (await acts(ada, { actorKeapId: 'nora@keap.example' }))[0].actor.name;
    expect(await nameOf()).toBe('Nora New');
    await at(1_700_000_100, 'Nora Newer').read('{ viewer { keapId } }');
    await at(1_700_000_050, 'Nora Older').read('{ viewer { keapId } }');
    await at(1_700_000_200).read('{ viewer { keapId } }');
    const { position } = await at(1_700_000_200).mutate('setLicences', { appId: 'acme', licences: 11 });
    await ada.read('{ viewer { keapId } }', {}, { 'x-min-position': position });
    expect(await nameOf()).toBe('Nora Newer');
    const bindings: string[] = [];
    for await (const { type, data } of signIn.service.running.membership.store.readAll()) if (type === 'KeapIdBound' && JSON.stringify(data).includes('nora@')) bindings.push(type);
    expect(bindings).toHaveLength(2);
  });

  async function importApp(appId: string): Promise<void> {
    const line = { at: '2020-01-01T00:00:00Z', keapId: 'coach@partners.example', change: 'joined', role: 'STANDARD' };
    const { historyImport } = signIn.service.running.membership;
    await historyImport.run({ appId, name: 'Imported', owner: `boss@${appId}.example`, licences: 1 }, changesOfLines(() => Readable.from([Buffer.from(JSON.stringify(line))])));
  }

  it('include imports, and commands of the command line', async () => {
    const { membership } = signIn.service.running;
    await importApp('imported');
    await membership.caughtUp(10_000);
    const found = await acts(ada, { appId: 'imported' });
    expect(typesOf(found)).toEqual(['AppRegistered', 'OwnerAdded', 'ImportStarted', 'ImportFinished']);
    expect(found.map(({ actor }) => actor)).toEqual(Array(4).fill({ kind: 'IMPORT', name: 'Import', keapId: null, user: null }));
    expect((await acts(oscar, { appId: 'imported' }))[1]).toMatchObject({ person: null, summary: 'Somebody became the owner of the app.' });
  });

  it('withhold the people of an app from operators also in what was stored before people were encrypted', async () => {
    const { membership } = signIn.service.running;
    await importApp('sealed');
    const events = [];
    for await (const event of membership.store.readStream(rosterStream('sealed'))) events.push({ ...event, id: randomUUID(), data: { ...event.data, appId: 'plain' } });
    await membership.store.inner.append(rosterStream('plain'), events, -1);
    await membership.caughtUp(10_000);
    const dataSeenBy = async (by: Person): Promise<string[]> => (await by.read('query { administrativeEvents(filter: { appId: "plain" }) { nodes { data hashedText } } }')).administrativeEvents.nodes.map((node: Json) => JSON.stringify(node));
    const [toAuditors, toOperators] = [await dataSeenBy(ada), await dataSeenBy(oscar)];
    expect(toAuditors[1]).toContain('boss@sealed.example');
    expect(toOperators[1]).toContain('withheld');
    expect(toOperators.join()).not.toContain('boss@sealed.example');
  });
});
