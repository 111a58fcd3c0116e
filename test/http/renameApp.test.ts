import { followedAt, Following, untilFollowed } from '../support/following';
import { GivenApp } from '../support/givenApp';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';
import { StandingClock } from './standingClock';

const at = (day: number): string => new Date(Date.UTC(2026, 0, 1 + day)).toISOString();
const NAMED = 'query ($appId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { name accountName url users { nodes { app { name } } } } }';
const CENTRAL = 'query ($asOf: AsOf) { accountCentral(asOf: $asOf) { accounts { nodes { label accountName url } } invitations { accountName } } }';

describe('a renamed app', () => {
  const clock = new StandingClock(at(0));
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start({ clock });
  });
  afterAll(() => service.close());

  it('has its new name everywhere, its old one as of before, and the same id', async () => {
    const app = await GivenApp.register(service);
    const { appId, owner } = app;
    const operator = await service.as('operator@example.com', 'operator');
    const member = (await app.join('member')).person;
    const labelled = (await app.join('labelled')).person;
    await labelled.mutate('setAccountLabel', { appId, label: 'My client' });
    const left = (await app.join('left')).person;
    await left.mutate('leaveApp', { appId, confirmAppId: appId });
    const invited = (await app.invite('invited')).person;
    const before = await followedAt(service.url);
    const following = [member, invited].map((person) => new Following('WebSocket', person, { query: 'subscription { accountCentralChanged { accounts { nodes { accountName } } invitations { accountName } } }' }));
    await untilFollowed(service.url, (open) => open === before + 2);
    await Promise.all(following.map((told) => told.until(1)));

    clock.set(at(1));
    const renamed = await operator.mutate('renameApp', { appId, name: ' Keap Max ', url: 'https://max.example.com/' }, 'position app { appId name accountName url }');
    const now = { name: 'Keap Max', accountName: `${appId} Keap Max`, url: 'https://max.example.com/' };
    expect(renamed.app).toEqual({ appId, ...now });
    expect((await owner.read(NAMED, { appId })).app).toEqual({ ...now, users: { nodes: [owner, labelled, member, invited].map(() => ({ app: { name: 'Keap Max' } })) } });
    const { accountName, url } = now;
    expect((await member.read(CENTRAL)).accountCentral).toEqual({ accounts: { nodes: [{ label: accountName, accountName, url }] }, invitations: [] });
    expect((await labelled.read(CENTRAL)).accountCentral.accounts.nodes).toEqual([{ label: 'My client', accountName, url }]);
    expect((await invited.read(CENTRAL)).accountCentral.invitations).toEqual([{ accountName }]);
    expect((await Promise.all(following.map((told) => told.until(2)))).map((messages) => messages.at(-1).accountCentralChanged)).toEqual([
      { accounts: { nodes: [{ accountName }] }, invitations: [] }, { accounts: { nodes: [] }, invitations: [{ accountName }] },
    ]);
    for (const told of following) told.stop();

    const then = { name: 'Keap Pro Recording', accountName: `${appId} Keap Pro Recording`, url: `https://${appId}.infusionsoft.com` };
    expect((await owner.read(NAMED, { appId, asOf: { time: at(0) } })).app).toMatchObject(then);
    expect((await member.read(CENTRAL, { asOf: { time: at(0) } })).accountCentral.accounts.nodes).toEqual([{ label: then.accountName, accountName: then.accountName, url: then.url }]);

    const back = await app.join('left');
    expect((await back.person.read(CENTRAL)).accountCentral.accounts.nodes).toEqual([{ label: accountName, accountName, url }]);
    const { membershipEvents } = await owner.read('query ($appId: ID!) { membershipEvents(filter: { appId: $appId, types: ["AppRenamed"] }) { nodes { summary actor { kind } ... on AppRenamedEvent { name url } } } }', { appId });
    expect(membershipEvents.nodes).toEqual([
      { summary: 'operator@example.com set the name of the app to Keap Max and its address to https://max.example.com/.', actor: { kind: 'OPERATOR' }, name: 'Keap Max', url: 'https://max.example.com/' },
    ]);
  });

  it('answers the same and writes nothing when it has that name already', async () => {
    const { appId } = await GivenApp.register(service);
    const operator = await service.as('operator@example.com', 'operator');
    const rename = (name: string, url?: string): Promise<Json> => operator.mutate('renameApp', { appId, name, url }, 'position app { name url }');
    const first = await rename('Keap Pro Recording');
    expect(await rename('Keap Pro Recording', `https://${appId}.infusionsoft.com`)).toEqual(first);
    const renamed = await rename('Another');
    await operator.mutate('setLicences', { appId, licences: 9 });
    expect(await rename(' Another')).toEqual(renamed);
    const types: string[] = [];
    for await (const { type } of service.running.membership.store.readStream(`app-${appId}`)) types.push(type);
    expect(types.filter((type) => type === 'AppRenamed')).toHaveLength(1);
    expect(await operator.mutate('renameApp', { appId: 'no-such-app', name: 'X' })).toMatchObject({ code: 'APP_NOT_FOUND' });
  });
});
