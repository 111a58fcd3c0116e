import { EmbeddedEventStore } from '../src/eventstore/embedded/store';
import { AppLife, GROWTH } from './appLife';
import type { ChildServer } from './childServer';
import { LogWriter } from './generatedLog';
import { CONNECTIONS, type Sent } from './load';
import { tokensOfTheService } from './servedLog';

const LISTED_APP = 'listed';
const LISTED_USERS = 1_000;
const USERS_OF_OTHER_APPS = CONNECTIONS + 6;
const MINUTES_BETWEEN_STEPS = 1;

const PAGE_OF_USERS = `query ($appId: ID!) {
  app(appId: $appId) { users(first: 50) { nodes { userId keapId name kind role status usesLicence joinedAt invitedBy { name } } } }
}`;
const INVITE = `mutation ($input: InvitePartnerInput!) {
  invitePartner(input: $input) { __typename ... on InvitePartnerSuccess { position user { userId keapId status } invitation { invitationId expiresAt } } ... on UserError { code message } }
}`;
const CHANGE_ROLE = `mutation ($input: ChangeUserRoleInput!) {
  changeUserRole(input: $input) { __typename ... on ChangeUserRoleSuccess { position user { userId role } } ... on UserError { code message } }
}`;

/** An app and somebody who may do everything in it. */
export interface ServedApp {
  readonly appId: string;
  readonly token: string;
  readonly userIds: readonly string[];
}

export const authorization = ({ token }: ServedApp): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}` });

export const pageOf = ({ appId }: ServedApp, request: number): string => JSON.stringify({ query: PAGE_OF_USERS, variables: { appId, request } });

/** Invites a partner who was not invited before. */
export const invitationTo = (app: ServedApp): Sent => ({
  path: '/graphql',
  headers: authorization(app),
  body: (request) => JSON.stringify({ query: INVITE, variables: { input: { appId: app.appId, keapId: `partner${request}@agency.example`, role: 'STANDARD' } } }),
});

/** One user's role, there and back. */
export const rolesOf = (app: ServedApp, user: number): readonly Sent[] =>
  ['ADMIN', 'STANDARD'].map((role) => {
    const input = { appId: app.appId, userId: app.userIds[user % app.userIds.length], role };
    return { path: '/graphql', headers: authorization(app), body: JSON.stringify({ query: CHANGE_ROLE, variables: { input } }) };
  });

/** The text of one answer. @throws Error when it is a refusal. */
export async function answerTo({ url }: ChildServer, sent: Sent | undefined): Promise<string> {
  if (!sent) throw new Error('There is nothing to send.');
  const response = await fetch(url + sent.path, { method: 'POST', headers: { 'content-type': 'application/json', ...sent.headers }, body: typeof sent.body === 'string' ? sent.body : sent.body(0) });
  const text = await response.text();
  if (!response.ok || /"errors":|"code":/.test(text)) throw new Error(`The server refused: ${text.slice(0, 500)}`);
  return text;
}

/** An app whose users are listed, and one for each connection. Their last event is of this moment, so that nothing expires while the server runs. */
export async function makeApps(directory: string): Promise<readonly ServedApp[]> {
  const tokens = tokensOfTheService();
  const store = EmbeddedEventStore.open(directory);
  try {
    const writer = new LogWriter(store);
    const apps: ServedApp[] = [];
    for (let number = 0; number <= CONNECTIONS; number += 1) {
      const [appId, users] = number === 0 ? [LISTED_APP, LISTED_USERS] : [`app${number}`, USERS_OF_OTHER_APPS];
      const life = new AppLife(appId, { begin: Date.now() - users * 4 * MINUTES_BETWEEN_STEPS * 60_000, minutesBetweenSteps: MINUTES_BETWEEN_STEPS, mix: GROWTH });
      await writer.add(life.register());
      while (life.activeUserIds.length < users) await writer.add(life.step());
      // With open invitations the server would send messages meanwhile.
      while (life.isAwaited) await writer.add(life.answer());
      apps.push({ appId, token: await tokens.issue({ keapId: life.ownerKeapId }), userIds: life.activeUserIds });
    }
    await writer.flush();
    return apps;
  } finally {
    await store.close();
  }
}
