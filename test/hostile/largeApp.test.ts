import { RosterCache } from '../../src/application/handling/rosterCache';
import { recordExpiredInvitations } from '../../src/application/invitations';
import { appendBigApp, type BigApp } from '../../bench/bigApp';
import type { Answer } from '../support/person';
import { TestService } from '../support/testService';
import { cpuOf, inTurns } from './cpu';

const MEMBERS = 1_000;
const DRY = { 'x-dry-run': 'true' };
const INVITE = 'mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename ... on InvitePartnerSuccess { user { userId keapId } invitation { invitationId status } } } }';
const ROLE = 'mutation ($input: ChangeUserRoleInput!) { changeUserRole(input: $input) { __typename ... on ChangeUserRoleSuccess { user { role } } } }';
const ACCEPT = 'mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { __typename } }';

/** A document with that many invitations. */
const invitations = (appId: string, name: string, count: number): string =>
  `mutation { ${Array.from({ length: count }, (_, index) => `i${index}: invitePartner(input: { appId: "${appId}", keapId: "${name}-${index}@guests.example", role: STANDARD }) { __typename ... on InvitePartnerSuccess { user { userId status } } }`).join(' ')} }`;

let service: TestService;
let app: BigApp;

beforeAll(async () => {
  service = await TestService.start({ env: { INVITATIONS_PER_APP_PER_DAY: '0', OVERLOAD_DELAY_MS: '0', WORK_PER_PERSON: '0', WORK_PER_APP: '0', TOKEN_GUESSES_PER_MINUTE: '0' } });
  app = await appendBigApp(service.running.membership.store, { appId: 'big', members: MEMBERS });
  await service.running.membership.caughtUp(60_000);
}, 60_000);

afterAll(() => service.close());

describe('a large app that nobody has asked for since the start', () => {
  it('is folded once for all who ask for it: owner, members, strangers, dry runs and processes', async () => {
    const { membership } = service.running;
    const alone = await cpuOf(() => new RosterCache(membership.store).load('big'));
    const [owner, member, stranger] = await Promise.all([service.as(app.owner.keapId), service.as(app.members[7]?.keapId ?? ''), service.as('stranger@example.org')]);
    const unknown = { input: { appId: 'big', invitationId: '6d0cbd0d-6f5c-4d1f-9a3c-0b7a1f3e52c8' } };
    const answers: Promise<Answer>[] = [];
    const together = await cpuOf(async () => {
      for (let number = 0; number < 8; number += 1) {
        const guest = { input: { appId: 'big', keapId: `guest${number}@guests.example`, role: 'STANDARD' } };
        answers.push(owner.ask(INVITE, guest), owner.ask(INVITE, guest, DRY), member.ask(INVITE, guest), stranger.ask(ACCEPT, unknown), stranger.ask(ACCEPT, unknown, DRY));
      }
      await Promise.all([...answers, ...Array.from({ length: 5 }, () => membership.rosters.load('big')), recordExpiredInvitations(membership.readModels.userList, membership.rosters)]);
    });
    expect(membership.rosterStatistics()).toMatchObject({ folds: 1, rosters: 1 });
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(answers.map(() => 200));
    // Folds of their own would cost 46 times as much.
    expect(together / alone).toBeLessThan(20);
  }, 60_000);
});

describe('a dry run on a large app', () => {
  it('costs at most a small multiple of the real thing, for members and for strangers', async () => {
    const [owner, stranger] = [await service.as(app.owner.keapId), await service.as('stranger@example.org')];
    const unknown = { appId: 'big', invitationId: '6d0cbd0d-6f5c-4d1f-9a3c-0b7a1f3e52c8' };
    const guest = (round: number, headers: object): object => ({ input: { appId: 'big', keapId: `g${round}${Object.keys(headers).join('')}@guests.example`, role: 'STANDARD' } });
    const role = (round: number): object => ({ input: { appId: 'big', userId: app.members[round]?.userId, role: 'ADMIN' } });
    const costs = await inTurns(9, {
      invite: (round) => owner.read(INVITE, guest(round, {})),
      dryInvite: (round) => owner.read(INVITE, guest(round, DRY), DRY),
      dryRole: (round) => owner.read(ROLE, role(round), DRY),
      role: (round) => owner.read(ROLE, role(round)),
      accept: () => stranger.read(ACCEPT, { input: unknown }),
      dryAccept: () => stranger.read(ACCEPT, { input: unknown }, DRY),
    });
    expect(costs.dryInvite / costs.invite).toBeLessThan(3);
    expect(costs.dryRole / costs.role).toBeLessThan(3);
    expect(costs.dryAccept / costs.accept).toBeLessThan(3);
  });

  it('costs no more for many mutations in one document', async () => {
    const owner = await service.as(app.owner.keapId);
    const costs = await inTurns(3, {
      real: (round) => owner.read(invitations('big', `real${round}`, 10)),
      dry: (round) => owner.read(invitations('big', `dry${round}`, 10), {}, DRY),
    });
    expect(costs.dry / costs.real).toBeLessThan(3);
  });
});

describe('dry runs and real requests at the same time', () => {
  it('see nothing of each other but what is written', async () => {
    const owner = await service.as(app.owner.keapId);
    const ask = (name: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => owner.ask(INVITE, { input: { appId: 'big', keapId: `${name}@both.example`, role: 'STANDARD' } }, headers);
    const both = await Promise.all(Array.from({ length: 12 }, async (_, number) => {
      const [dry, real] = await Promise.all([ask(`tried${number}`, DRY), ask(`kept${number}`)]);
      return [dry, real].map(({ data }) => data.invitePartner.__typename as string);
    }));
    expect(both).toEqual(both.map(() => ['InvitePartnerSuccess', 'InvitePartnerSuccess']));
    const search = 'query ($search: String!) { app(appId: "big") { users(filter: { search: $search }) { totalCount } } }';
    await service.running.membership.caughtUp(60_000);
    const counts = await Promise.all(['tried', 'kept'].map(async (name) => (await owner.read(search, { search: name })).app.users.totalCount as number));
    expect(counts).toEqual([0, 12]);
  }, 60_000);
});
