import type { Json, Person } from '../support/person';

const VIEW = `query ($appId: ID!, $filter: UserFilter, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { licences { total used reserved available } users(filter: $filter, first: 200) {
  nodes { userId keapId name kind role status usesLicence assignedContactCount invitation { invitationId status sendCount } } } } }`;

const EVERYBODY = { statuses: ['INVITED', 'ACTIVE', 'EXPIRED', 'DECLINED', 'REVOKED', 'LEFT', 'REMOVED'] };

/** Everybody who is or was in the app, with its licences, as somebody sees it; null where they do not. */
export async function viewOf(viewer: Person, appId: string, asOf: object | null = null): Promise<Json> {
  return (await viewer.read(VIEW, { appId, filter: EVERYBODY, asOf })).app;
}

/** One person of an app, as somebody sees it. */
export async function memberOf(viewer: Person, appId: string, userId: string): Promise<Json> {
  const app = await viewOf(viewer, appId);
  return app?.users.nodes.find((user: { userId: string }) => user.userId === userId) ?? null;
}
