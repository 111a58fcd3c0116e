import { GivenApp } from '../support/givenApp';
import type { Json, Person } from '../support/person';
import { TestService, TEST_STORES } from '../support/testService';

interface Tried {
  readonly answer: Json;
  readonly events: readonly { readonly stream: string; readonly type: string; readonly data: Json }[];
}

const SUCCESS: Readonly<Record<string, string>> = {
  invitePartner: 'position user { keapId name status role kind invitation { status sendCount } } invitation { status }',
  acceptInvitation: 'position user { keapId status role joinedAt: status } account { appId label role }',
  declineInvitation: 'position appId',
  changeUserRole: 'position user { keapId role status }',
  removeUser: 'position user { keapId status assignedContactCount }',
  leaveApp: 'position appId',
  assignContacts: 'position changed user { keapId assignedContactCount }',
  reassignContacts: 'position changed fromUser { assignedContactCount } toUser { assignedContactCount }',
  setAccountLabel: 'position account { label accountName }',
  registerApp: 'position app { appId accountName licences { total used } }',
  renameApp: 'position app { name accountName url }',
  appointAdmin: 'position user { keapId status role kind usesLicence }',
  rebindUser: 'position user { keapId status role personId }',
  setLicences: 'position app { licences { total available } }',
  registerWebhook: 'position secret webhook { webhookId url types appIds personalData position deadLetterCount }',
  replayWebhook: 'position webhook { webhookId position deadLetterCount deadLetters { eventId } }',
  removeWebhook: 'position webhookId',
};

describe.each(TEST_STORES)('a dry run (%s)', (store) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start({ store });
  });
  afterAll(() => service.close());

  const events = async (): Promise<readonly { stream: string; type: string; data: Json }[]> => {
    const all: { stream: string; type: string; data: Json }[] = [];
    for await (const { stream, type, data } of service.running.membership.store.readAll()) all.push({ stream, type, data });
    return all;
  };
  const queryFor = (name: string): string => {
    const type = name.charAt(0).toUpperCase() + name.slice(1);
    const input = ({ declineInvitation: 'AcceptInvitationInput' } as Record<string, string>)[name] ?? `${type}Input`;
    return `mutation ($input: ${input}!) { ${name}(input: $input) { __typename ... on ${type}Success { ${SUCCESS[name] ?? 'position'} } ... on UserError { code message } } }`;
  };
  const send = async (person: Person, name: string, input: object, headers: Readonly<Record<string, string>>): Promise<Tried> => {
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${(await service.running.developmentTokens!.issue({ keapId: person.keapId, scope: person.keapId.startsWith('operator') ? 'operator' : '' }))}`, ...headers },
      body: JSON.stringify({ query: queryFor(name), variables: { input } }),
    });
    const body = (await response.json()) as Json;
    if (body.errors) throw new Error(JSON.stringify(body.errors));
    return { answer: body.data[name], events: body.extensions?.dryRun?.events ?? [] };
  };

  /** What may differ between two times that the same wish is granted. */
  const comparable = (value: Json): Json => JSON.parse(JSON.stringify(value).replace(/[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…'));

  /** Tries, sees that nothing was written, and does it: both answer and write the same. */
  const triedAndDone = async (person: Person, name: string, input: object, asShown = (data: Json): Json => data): Promise<Tried> => {
    const before = await events();
    const tried = await send(person, name, input, { 'x-dry-run': 'true' });
    expect(await events()).toEqual(before);
    const done = await send(person, name, input, {});
    const { position: wouldBe, ...shown } = tried.answer;
    const { position, ...real } = done.answer;
    expect(comparable(shown)).toEqual(comparable(real));
    expect(typeof wouldBe).toBe(typeof position);
    expect(comparable(tried.events)).toEqual(comparable((await events()).slice(before.length).filter(({ stream, type }) => !stream.startsWith('mail-') && type !== 'KeapIdBound').map((event) => ({ ...event, data: asShown(event.data) }))));
    return tried;
  };

  it('returns the answer and the events of every mutation, and writes none', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    const registered = await triedAndDone(operator, 'registerApp', { appId: `dry-${store.toLowerCase()}`, name: 'Dry', licences: 2, ownerKeapId: `dry-${store}@example.com` });
    expect(registered.events.map(({ type }) => type)).toEqual(['AppRegistered', 'OwnerAdded']);
    const app = await GivenApp.register(service);
    await triedAndDone(operator, 'setLicences', { appId: app.appId, licences: 9 });
    await triedAndDone(operator, 'renameApp', { appId: app.appId, name: 'Tried' });
    await triedAndDone(operator, 'renameApp', { appId: app.appId, name: 'Keap Pro Recording' });
    const invited = await triedAndDone(app.owner, 'invitePartner', { appId: app.appId, keapId: `new-${store}@partner.example`, role: 'STANDARD', name: 'New' });
    expect(invited.events).toEqual([{ stream: `app-${app.appId}`, type: 'PartnerInvited', data: expect.objectContaining({ role: 'STANDARD', person: { keapId: `new-${store}@partner.example`, name: 'New' } }) }]);

    const first = await app.invite(`first-${store}`);
    const accepted = await triedAndDone(first.person, 'acceptInvitation', { token: first.token }, (data) => ({ ...data, person: { ...data.person, name: null } }));
    expect(accepted.answer.account).toEqual({ appId: app.appId, label: `${app.appId} Keap Pro Recording`, role: 'STANDARD' });
    expect(accepted.events.map(({ type }) => type)).toEqual(['InvitationAccepted']);
    const second = await app.join(`second-${store}`);
    await triedAndDone(first.person, 'setAccountLabel', { appId: app.appId, label: 'Mine' });
    await triedAndDone(app.owner, 'changeUserRole', { appId: app.appId, userId: second.userId, role: 'ADMIN' });
    await triedAndDone(app.owner, 'assignContacts', { appId: app.appId, userId: first.userId, contactIds: ['c1', 'c2'] });
    await triedAndDone(app.owner, 'reassignContacts', { appId: app.appId, fromUserId: first.userId, toUserId: second.userId, contactIds: ['c1'] });
    const refused = await triedAndDone(first.person, 'leaveApp', { appId: app.appId, confirmAppId: app.appId });
    expect(refused).toMatchObject({ answer: { __typename: 'HasAssignedContacts' }, events: [] });
    await triedAndDone(app.owner, 'removeUser', { appId: app.appId, userId: second.userId, reassignContactsTo: first.userId });
    const appointed = await triedAndDone(operator, 'appointAdmin', { appId: app.appId, keapId: `ada-${store}@example.com`, reason: 'Ticket 4711' }, (data) => ({ ...data, wasMember: null }));
    expect(appointed.answer.user).toEqual({ keapId: `ada-${store}@example.com`, status: 'ACTIVE', role: 'ADMIN', kind: 'USER', usesLicence: true });
    await triedAndDone(operator, 'rebindUser', { appId: app.appId, userId: first.userId, keapId: `found-${store}@example.com`, reason: 'Ticket 4712' }, (data) => ({ ...data, fromPersonId: null, person: { ...data.person, name: null } }));
    const third = await app.join(`third-${store}`);
    const left = await triedAndDone(third.person, 'leaveApp', { appId: app.appId, confirmAppId: app.appId });
    expect(left.events.map(({ type }) => type)).toEqual(['AssigneeClosed', 'PartnerLeftApp']);
  });

  it('covers webhooks: each mutation answers as it would, without the secret', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    const webhooks = async (): Promise<Json> => (await operator.read('{ webhooks { webhookId position } }')).webhooks;
    const before = await webhooks();
    const input = { url: 'https://hooks.example.com/', types: ['UserRemoved'], idempotencyKey: `dry-${store}` };
    const events = ['RequestReceived', 'WebhookRegistered', 'RequestAnswered'];
    const tried = await send(operator, 'registerWebhook', input, { 'x-dry-run': 'true' });
    expect(tried.answer).toMatchObject({ __typename: 'RegisterWebhookSuccess', secret: null, webhook: { url: input.url, types: ['UserRemoved'], appIds: null, personalData: false, deadLetterCount: 0 } });
    expect(tried.events.map(({ type }) => type)).toEqual(events);
    expect(JSON.stringify(tried)).not.toContain('whsec_');
    expect(await webhooks()).toEqual(before);

    const done = await send(operator, 'registerWebhook', input, {});
    expect(done.answer.secret).toMatch(/^whsec_/);
    expect(comparable({ ...tried.answer, secret: '', position: '', webhook: { ...tried.answer.webhook, position: '' } })).toEqual(comparable({ ...done.answer, secret: '', position: '', webhook: { ...done.answer.webhook, position: '' } }));
    expect((await send(operator, 'registerWebhook', input, { 'x-dry-run': 'true' })).answer).toEqual({ ...done.answer, secret: null });

    const { webhookId, position } = done.answer.webhook;
    const replayed = await triedAndDone(operator, 'replayWebhook', { webhookId, after: '0' });
    expect(replayed).toMatchObject({ answer: { webhook: { webhookId, position: '0' } }, events: [{ stream: `webhook-${webhookId}`, type: 'WebhookReplayRequested', data: { after: '0' } }] });
    const again = await send(operator, 'replayWebhook', { webhookId, after: position }, { 'x-dry-run': 'true' });
    expect([again.answer.webhook.position, (await webhooks()).at(-1)]).toEqual([position, { webhookId, position: '0' }]);
    const removed = await triedAndDone(operator, 'removeWebhook', { webhookId });
    expect(removed.events.map(({ type }) => type)).toEqual(['WebhookRemoved', 'WebhookPlaceFreed']);
    await triedAndDone(operator, 'registerWebhook', { url: 'https://127.0.0.1/' });
  });

  it('claims no idempotency key, counts towards no limit and binds nobody', async () => {
    const app = await GivenApp.register(service);
    const input = { appId: app.appId, keapId: `often-${store}@partner.example`, role: 'STANDARD', idempotencyKey: 'the same' };
    for (let time = 0; time < 7; time += 1) {
      const tried = await send(app.owner, 'invitePartner', { ...input, role: time % 2 === 0 ? 'ADMIN' : 'STANDARD' }, { 'x-dry-run': 'true' });
      expect(tried.answer.__typename).toBe('InvitePartnerSuccess');
      expect(tried.events.map(({ type }) => type)).toEqual(['RequestReceived', 'PartnerInvited', 'RequestAnswered']);
    }
    const done = await send(app.owner, 'invitePartner', input, { 'x-dry-run': 'false' });
    expect(done).toMatchObject({ answer: { __typename: 'InvitePartnerSuccess', user: { role: 'STANDARD' } }, events: [] });
    const again = await send(app.owner, 'invitePartner', input, { 'x-dry-run': 'true' });
    expect(again).toMatchObject({ answer: { position: done.answer.position }, events: [] });
  });

  it('does not show or record a first sign-in, which the next request records', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    const appId = `new-${store.toLowerCase()}`;
    const owner = await service.as(`new-${store}@example.com`);
    const { position } = await operator.mutate('registerApp', { appId, name: 'New', licences: 2, ownerKeapId: owner.keapId });
    await operator.read('{ viewer { keapId } }', {}, { 'x-min-position': position });
    const before = await events();
    const input = { appId, keapId: `somebody-${store}@partner.example`, role: 'STANDARD' };
    const tried = await send(owner, 'invitePartner', input, { 'x-dry-run': 'true' });
    expect(tried).toMatchObject({ answer: { __typename: 'InvitePartnerSuccess' }, events: [{ type: 'PartnerInvited' }] });
    expect(await events()).toEqual(before);
    await send(owner, 'invitePartner', input, {});
    expect((await events()).slice(before.length, before.length + 3).map(({ type }) => type)).toEqual(['KeapIdBound', 'PersonBound', 'PartnerInvited']);
  });

  it('is requested with true only', async () => {
    const app = await GivenApp.register(service);
    const before = await events();
    // An empty value may come from a variable that was not set, where a dry run was wanted.
    for (const value of ['yes', '']) {
      const { status, errors } = await app.owner.ask(queryFor('changeUserRole'), { input: { appId: app.appId, userId: app.ownerUserId, role: 'STANDARD' } }, { 'x-dry-run': value });
      expect(status).toBe(400);
      expect(errors).toMatchObject([{ message: 'x-dry-run must be true or false.', extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    expect(await events()).toEqual(before);
    expect((await app.owner.ask('{ viewer { keapId } }', {}, { 'x-dry-run': 'true' })).errors).toEqual([]);
  });
});
