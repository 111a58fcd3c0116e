import { appendBigApp } from '../../../bench/bigApp';
import type { Clock } from '../../../src/application/commandTypes';
import type { Scope } from '../../../src/domain/events';
import { recordExpiredInvitations } from '../../../src/application/invitations';
import type { Person } from '../../support/person';
import { TestService } from '../../support/testService';

/** The time at which all pages are looked at. */
export const NOW = '2026-03-16T09:30:00.000Z';

/** A clock that stands still until it is set. */
class SetClock implements Clock {
  #now = '2025-09-01T08:00:00.000Z';

  now(): string {
    return this.#now;
  }

  set(now: string): void {
    this.#now = now;
  }
}

export const OWNER = 'olivia@keap.example';
export const COACH = 'paul@coach.example';
export const AGENCY = 'anna@agency.example';
export const OPERATOR = 'operator@keap.example';
export const AUDITOR = 'auditor@keap.example';
/** Somebody with many apps. */
export const MANAGER = 'manager@agency.example';
/** Somebody without an app. */
export const NEWCOMER = 'nina@newcomer.example';

const MANY_APPS = 24;
const MANY_USERS = 2_000;

/** Links of invitations, by what has become of them. */
export type Fate = 'open' | 'accepted' | 'declined' | 'revoked' | 'expired' | 'replaced';

/** A service whose data are the same whenever and wherever it is started. */
export interface World {
  readonly service: TestService;
  readonly tokens: Readonly<Record<Fate, string>>;
  /** Ids of people of the app `gx624` by their Keap ID. */
  readonly users: ReadonlyMap<string, string>;
  readonly reviews: Readonly<Record<'open' | 'finished', string>>;
  /** The event of the history that is opened. */
  readonly event: string;
}

interface Invited {
  readonly userId: string;
  readonly invitationId: string;
  readonly token: string;
}

/** Starts the service and fills it, by the API as people would. */
export async function startWorld(): Promise<World> {
  const clock = new SetClock();
  const service = await TestService.start({ clock, env: { UNSIGNED_REQUESTS_PER_MINUTE: '0', INVITATIONS_PER_APP_PER_DAY: '0', WEBHOOK_TRIES: '1' }, sends: ['webhooks'] });
  const as = (keapId: string, ...scopes: readonly Scope[]): Promise<Person> => service.as(keapId, ...scopes);
  const [operator, owner] = [await as(OPERATOR, 'operator'), await as(OWNER)];
  const register = (appId: string, name: string, licences: number, ownerKeapId: string, ownerName: string): Promise<unknown> =>
    operator.mutate('registerApp', { appId, name, licences, ownerKeapId, ownerName });
  const invite = async (by: Person, mutation: 'invitePartner' | 'inviteUser', input: object): Promise<Invited> => {
    const { user, invitation } = await by.mutate(mutation, input, 'user { userId } invitation { invitationId developmentToken }');
    return { userId: user.userId, invitationId: invitation.invitationId, token: invitation.developmentToken };
  };
  const joined = async (by: Person, mutation: 'invitePartner' | 'inviteUser', input: { readonly appId: string; readonly keapId: string; readonly role: string; readonly name: string }): Promise<Invited> => {
    const invited = await invite(by, mutation, input);
    await (await as(input.keapId)).mutate('acceptInvitation', { appId: input.appId, invitationId: invited.invitationId });
    return invited;
  };
  const appId = 'gx624';

  await register(appId, 'Keap Pro Recording', 5, OWNER, 'Olivia Owner');
  await joined(owner, 'inviteUser', { appId, keapId: 'uma@keap.example', role: 'STANDARD', name: 'Uma User' });
  clock.set('2025-10-06T10:15:00.000Z');
  const paul = await joined(owner, 'invitePartner', { appId, keapId: COACH, role: 'STANDARD', name: 'Paul Coach' });
  await owner.mutate('assignContacts', { appId, userId: paul.userId, contactIds: Array.from({ length: 7 }, (_, index) => `contact-${index + 1}`) });
  clock.set('2025-11-20T14:00:00.000Z');
  const anna = await joined(owner, 'invitePartner', { appId, keapId: AGENCY, role: 'STANDARD', name: 'Anna Agency' });
  const leo = await joined(owner, 'invitePartner', { appId, keapId: 'leo@coach.example', role: 'STANDARD', name: 'Leo Left' });
  const tokens: Record<string, string> = { accepted: leo.token };
  clock.set('2026-01-12T09:00:00.000Z');
  await owner.mutate('changeUserRole', { appId, userId: anna.userId, role: 'ADMIN' });
  await (await as('leo@coach.example')).mutate('leaveApp', { appId, confirmAppId: appId });
  tokens['expired'] = (await invite(owner, 'invitePartner', { appId, keapId: 'ella@late.example', role: 'STANDARD', name: 'Ella Late' })).token;
  clock.set('2026-02-23T16:40:00.000Z');
  const rita = await joined(owner, 'inviteUser', { appId, keapId: 'rita@keap.example', role: 'STANDARD', name: 'Rita Removed' });
  await owner.mutate('removeUser', { appId, userId: rita.userId, reason: 'The contract has ended' });
  clock.set('2026-03-13T11:05:00.000Z');
  const dan = await invite(owner, 'invitePartner', { appId, keapId: 'dan@declines.example', role: 'STANDARD', name: 'Dan Declined' });
  await (await as('dan@declines.example')).mutate('declineInvitation', { token: dan.token });
  const rolf = await invite(owner, 'invitePartner', { appId, keapId: 'rolf@revoked.example', role: 'STANDARD', name: 'Rolf Revoked' });
  await owner.mutate('revokeInvitation', { appId, invitationId: rolf.invitationId });
  const sam = await invite(owner, 'invitePartner', { appId, keapId: 'sam@consultant.example', role: 'ADMIN', name: 'Sam Consultant' });
  await owner.mutate('resendInvitation', { appId, invitationId: sam.invitationId });
  const open = await invite(owner, 'invitePartner', { appId, keapId: 'clara@consultant.example', role: 'STANDARD', name: 'Clara Consultant' });
  await invite(owner, 'inviteUser', { appId, keapId: 'ursula-without-any-name.and-a-very-long-address@department.of.keap.example', role: 'STANDARD' });
  await register('gx700', 'Bakery on the Corner', 2, 'bert@bakery.example', 'Bert Baker');
  const bert = await as('bert@bakery.example');
  await joined(bert, 'invitePartner', { appId: 'gx700', keapId: COACH, role: 'ADMIN', name: 'Paul Coach' });
  await (await as(COACH)).mutate('setAccountLabel', { appId: 'gx700', label: 'The bakery' });
  await register('gx811', 'Dental Practice Dr. Doe', 1, 'doe@dental.example', 'Dora Doe');
  await invite(await as('doe@dental.example'), 'invitePartner', { appId: 'gx811', keapId: COACH, role: 'STANDARD', name: 'Paul Coach' });
  for (let index = 1; index <= MANY_APPS; index += 1) await register(`mx${100 + index}`, `Client number ${index}`, 3, MANAGER, 'Mona Manager');

  await service.running.membership.caughtUp(60_000);
  await recordExpiredInvitations(service.running.membership.readModels.userList, service.running.membership.rosters);
  await appendBigApp(service.running.membership.store, { appId: 'big', members: MANY_USERS, begin: Date.parse('2025-06-01T08:00:00Z') });

  clock.set('2026-03-15T10:00:00.000Z');
  const start = async (note: string): Promise<string> => (await owner.mutate('startAccessReview', { appId, note, dueAt: '2026-03-31T12:00:00.000Z' }, 'review { reviewId }')).review.reviewId;
  const finished = await start('Quarter 4');
  const users = new Map<string, string>((await owner.read('query ($appId: ID!) { app(appId: $appId) { users(first: 50) { nodes { userId keapId } } } }', { appId })).app.users.nodes
    .map(({ userId, keapId }: { readonly userId: string; readonly keapId: string }) => [keapId, userId]));
  const decide = (by: Person, reviewId: string, decision: string, keapIds: readonly string[], remark: string | null = null): Promise<unknown> =>
    by.mutate('decideAccess', { reviewId, userIds: keapIds.map((keapId) => users.get(keapId)), decision, remark });
  await decide(owner, finished, 'KEEP', ['uma@keap.example', COACH, AGENCY]);
  await decide(await as(AGENCY), finished, 'KEEP', [OWNER]);
  await owner.mutate('finishAccessReview', { reviewId: finished });
  clock.set('2026-03-15T10:20:00.000Z');
  const opened = await start('Quarter 1');
  await decide(owner, opened, 'REMOVE', [COACH], 'The project has ended');
  await decide(owner, opened, 'KEEP', ['uma@keap.example']);
  await operator.mutate('registerWebhook', { url: 'https://hooks.partner.example/keap', appIds: [appId], types: ['LicencesSet'] });
  await operator.mutate('setLicences', { appId, licences: 6 });
  const given = async (): Promise<number> => (await operator.read('{ webhooks { deadLetterCount } }')).webhooks[0].deadLetterCount;
  // The receiver does not exist.
  while ((await given()) === 0);
  clock.set('2026-03-15T10:30:00.000Z');
  await operator.mutate('registerWebhook', { url: 'https://audit.example/events', appIds: ['gx700'], personalData: true });
  clock.set(NOW);
  const { membershipEvents: { nodes } } = await owner.read('query ($appId: ID!) { membershipEvents(filter: { appId: $appId, types: ["ContactsAssigned"] }, first: 1) { nodes { id } } }', { appId });
  await service.running.membership.caughtUp(60_000);
  return { service, users, reviews: { open: opened, finished }, event: nodes[0].id, tokens: { ...tokens, open: open.token, declined: dan.token, revoked: rolf.token, replaced: sam.token } as World['tokens'] };
}
