import { liveProjections } from '../../src/projections/allProjections';
import { olderVersion } from '../projections/olderVersion';
import { followedAt, Following, untilFollowed, WAYS } from '../support/following';
import { GivenApp } from '../support/givenApp';
import { filledBy, lengthen } from '../support/olderReadModels';
import { TestService } from '../support/testService';

const CONTACTS = 5_000;
const USERS_CHANGED = 'subscription ($appId: ID!) { appUsersChanged(appId: $appId) { user { keapId status } } }';
const EVENTS = 'subscription ($filter: MembershipEventFilter) { membershipEvents(filter: $filter) { ... on PartnerInvitedEvent { person { keapId } } } }';

describe.each(WAYS)('subscriptions by %s while read models are filled beside the old ones', (way) => {
  it('send every message once while read models are replaced', async () => {
    const service = await TestService.start({ env: { INVITATIONS_PER_APP_PER_DAY: '0', UNSIGNED_REQUESTS_PER_MINUTE: '0' } });
    const isRebuilt = (): boolean => service.running.membership.projector.status().projections.every(({ version }) => version > 0);
    const app = await GivenApp.register(service);
    const { appId } = app;
    const { userId } = await app.join('partner');
    await app.assign(userId, 'c1');
    await service.running.close();
    await lengthen(service.dataDir, `contacts-${appId}`, CONTACTS);
    await filledBy(service.dataDir, liveProjections.map((one) => olderVersion(one)));
    await service.restart();
    const owner = await service.as(app.owner.keapId);
    const users = new Following(way, owner, { query: USERS_CHANGED, variables: { appId } });
    const events = new Following(way, owner, { query: EVENTS, variables: { filter: { appId, types: ['PartnerInvited'] } } });
    await untilFollowed(service.url, (open) => open === 2);
    const begunBefore = !isRebuilt();

    const invited: string[] = [];
    const invite = async (): Promise<void> => {
      const keapId = `invited-${invited.length}@partners.example`;
      invited.push(keapId);
      await owner.mutate('invitePartner', { appId, keapId, role: 'STANDARD' });
    };
    await invite();
    while (!isRebuilt()) await invite();
    for (let more = 0; more < 3; more += 1) await invite();
    await Promise.all([users, events].map((one) => one.until(invited.length)));
    expect(begunBefore).toBe(true);
    expect(users.messages.map(({ appUsersChanged }) => appUsersChanged.user.keapId)).toEqual(invited);
    expect(events.messages.map(({ membershipEvents }) => membershipEvents.person.keapId)).toEqual(invited);
    expect(await followedAt(service.url)).toBe(2);
    for (const one of [users, events]) one.stop();
    await service.close();
  });
});
