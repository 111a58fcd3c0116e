import type { Access } from '../../src/domain/access';
import { globalIdOf } from '../../src/resolvers/shared/globalId';
import type { Json } from '../support/person';
import type { Named } from './accessWorld';

/** How a field of the API is asked about named things, so that being allowed to changes nothing for those who ask later. */
export interface Scenario {
  readonly query: string;
  readonly variables: (named: Named) => object;
}

const mutation = (name: string, type: string, input: (named: Named) => object): Scenario => ({
  query: `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ... on UserError { code message } ... on Rejection { field } } }`,
  variables: (named) => ({ input: input(named) }),
});
const inApp = (fields: string): Scenario => ({ query: `query ($appId: ID!, $userId: ID!) { app(appId: $appId) { ${fields} } }`, variables: ({ appId, userId }) => ({ appId, userId }) });
const review = (fields: string): Scenario => ({ query: `query ($reviewId: ID!) { accessReview(reviewId: $reviewId) { ${fields} } }`, variables: ({ reviewId }) => ({ reviewId }) });
const plain = (query: string): Scenario => ({ query, variables: () => ({}) });
const FIRST = '0000000000000001';

/** One for each field that the table of who may do what names. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'Query.invitation': { query: 'query ($token: String!) { invitation(token: $token) { status } }', variables: ({ token }) => ({ token }) },
  'Query.viewer': plain('{ viewer { keapId } }'),
  'Query.accountCentral': plain('{ accountCentral { accounts { totalCount } } }'),
  'Query.app': { query: 'query ($appId: ID!) { app(appId: $appId) { name licences { used } } }', variables: ({ appId }) => ({ appId }) },
  'Query.node': { query: 'query ($id: ID!) { node(id: $id) { __typename } }', variables: ({ appId }) => ({ id: globalIdOf('App', appId, appId) }) },
  'App.viewer': { query: 'query ($appId: ID!) { app(appId: $appId) { viewer { role may } } }', variables: ({ appId }) => ({ appId }) },
  'App.users': inApp('users { totalCount } user(userId: $userId) { keapId }'),
  'App.user': inApp('user(userId: $userId) { keapId invitation { status } assignedContacts { totalCount } }'),
  'Query.apps': plain('{ apps { nodes { appId } } }'),
  'Query.checkpoints': plain('{ checkpoints { nodes { position } } }'),
  'Query.latestCheckpoint': plain('{ latestCheckpoint { position } viewer { keapId } }'),
  'Query.inclusionProof': plain(`{ inclusionProof(position: "${FIRST}", checkpoint: "${FIRST}") { __typename } }`),
  'Query.consistencyProof': plain(`{ consistencyProof(from: "${FIRST}", to: "${FIRST}") { __typename } }`),
  'Query.projectionDigests': plain('{ projectionDigests { projection } }'),
  'Query.membershipEvents': { query: 'query ($appId: ID!) { membershipEvents(filter: { appId: $appId }) { nodes { type } } }', variables: ({ appId }) => ({ appId }) },
  'Query.administrativeEvents': plain('{ administrativeEvents { nodes { type } } }'),
  'Subscription.accountCentralChanged': plain('subscription { accountCentralChanged { accounts { totalCount } } }'),
  'Subscription.appUsersChanged': { query: 'subscription ($appId: ID!) { appUsersChanged(appId: $appId) { position } }', variables: ({ appId }) => ({ appId }) },
  'Subscription.membershipEvents': { query: 'subscription ($appId: ID!) { membershipEvents(filter: { appId: $appId, afterPosition: "0" }) { type } }', variables: ({ appId }) => ({ appId }) },
  'Query.membershipDiff': { query: 'query ($appId: ID!) { membershipDiff(appId: $appId, from: { time: "2020-01-01T00:00:00Z" }) { joined { keapId } } }', variables: ({ appId }) => ({ appId }) },
  'Query.periodsOfAccess': { query: 'query ($appId: ID!) { periodsOfAccess(appIds: [$appId]) { nodes { keapId } } }', variables: ({ appId }) => ({ appId }) },
  'User.history': inApp('user(userId: $userId) { history { nodes { type } } }'),
  'User.why': inApp('user(userId: $userId) { why { status { type } } }'),
  'Mutation.invitePartner': mutation('invitePartner', 'InvitePartnerInput', ({ appId }) => ({ appId, keapId: 'new@people.example', role: 'STANDARD' })),
  'Mutation.inviteUser': mutation('inviteUser', 'InviteUserInput', ({ appId }) => ({ appId, keapId: 'partner@people.example', role: 'STANDARD' })),
  'Mutation.resendInvitation': mutation('resendInvitation', 'InvitationInput', ({ appId, invitationId }) => ({ appId, invitationId })),
  'Mutation.revokeInvitation': mutation('revokeInvitation', 'InvitationInput', ({ appId, invitationId }) => ({ appId, invitationId })),
  'Mutation.changeUserRole': mutation('changeUserRole', 'ChangeUserRoleInput', ({ appId, userId }) => ({ appId, userId, role: 'STANDARD' })),
  'Mutation.removeUser': mutation('removeUser', 'RemoveUserInput', ({ appId, formerUserId }) => ({ appId, userId: formerUserId })),
  'Mutation.assignContacts': mutation('assignContacts', 'AssignContactsInput', ({ appId, userId, contactId }) => ({ appId, userId, contactIds: [contactId] })),
  'Mutation.unassignContacts': mutation('unassignContacts', 'UnassignContactsInput', ({ appId, contactId }) => ({ appId, contactIds: [`${contactId}-of-nobody`] })),
  'Mutation.reassignContacts': mutation('reassignContacts', 'ReassignContactsInput', ({ appId, userId, toUserId, contactId }) => ({ appId, fromUserId: userId, toUserId, contactIds: [`${contactId}-of-nobody`] })),
  'inviteUser (role ADMIN)': mutation('inviteUser', 'InviteUserInput', ({ appId }) => ({ appId, keapId: 'partner@people.example', role: 'ADMIN' })),
  'changeUserRole (to or from a USER with the role ADMIN)': mutation('changeUserRole', 'ChangeUserRoleInput', ({ appId, ownerUserId }) => ({ appId, userId: ownerUserId, role: 'STANDARD' })),
  'removeUser (a USER with the role ADMIN)': mutation('removeUser', 'RemoveUserInput', ({ appId, ownerUserId }) => ({ appId, userId: ownerUserId })),
  'Mutation.startAccessReview': mutation('startAccessReview', 'StartAccessReviewInput', ({ appId }) => ({ appId, dueAt: '2020-01-01T00:00:00Z' })),
  'Mutation.decideAccess': mutation('decideAccess', 'DecideAccessInput', ({ reviewId }) => ({ reviewId, userIds: [], decision: 'KEEP' })),
  'Mutation.finishAccessReview': mutation('finishAccessReview', 'FinishAccessReviewInput', ({ reviewId }) => ({ reviewId })),
  'Query.accessReviews': { query: 'query ($appId: ID!) { accessReviews(appId: $appId) { nodes { status } } }', variables: ({ appId }) => ({ appId }) },
  'Query.accessReview': review('status decidedCount startedBy { kind }'),
  'AccessReview.items': review('items { totalCount nodes { decision } }'),
  'AccessReview.differences': review('differences { newCount }'),
  'Mutation.acceptInvitation': mutation('acceptInvitation', 'AcceptInvitationInput', ({ appId, invitationId }) => ({ appId, invitationId })),
  'Mutation.declineInvitation': mutation('declineInvitation', 'AcceptInvitationInput', ({ appId, invitationId }) => ({ appId, invitationId })),
  'Mutation.leaveApp': mutation('leaveApp', 'LeaveAppInput', ({ appId }) => ({ appId, confirmAppId: 'not confirmed' })),
  'Mutation.setAccountLabel': mutation('setAccountLabel', 'SetAccountLabelInput', ({ appId }) => ({ appId, label: 'Label' })),
  'Mutation.registerApp': mutation('registerApp', 'RegisterAppInput', () => ({ appId: 'matrix-app-1', name: 'Again', licences: 1, ownerKeapId: 'new@people.example' })),
  'Mutation.renameApp': mutation('renameApp', 'RenameAppInput', ({ appId }) => ({ appId, name: 'Matrix' })),
  'Mutation.appointAdmin': mutation('appointAdmin', 'AppointAdminInput', ({ appId }) => ({ appId, keapId: 'owner@people.example', reason: 'Ticket 4711' })),
  'Mutation.rebindUser': mutation('rebindUser', 'RebindUserInput', ({ appId, formerUserId }) => ({ appId, userId: formerUserId, keapId: 'new@people.example', reason: 'Ticket 4712' })),
  'Mutation.setLicences': mutation('setLicences', 'SetLicencesInput', ({ appId }) => ({ appId, licences: 50 })),
  'Mutation.releaseKeapId': mutation('releaseKeapId', 'ReleaseKeapIdInput', () => ({ keapId: 'nobody-ever@people.example' })),
  'Mutation.registerWebhook': mutation('registerWebhook', 'RegisterWebhookInput', () => ({ url: 'https://10.0.0.1/' })),
  'Mutation.removeWebhook': mutation('removeWebhook', 'RemoveWebhookInput', () => ({ webhookId: 'no webhook' })),
  'Mutation.replayWebhook': mutation('replayWebhook', 'ReplayWebhookInput', () => ({ webhookId: 'no webhook', deadLetters: true })),
  'Query.webhooks': plain('{ webhooks { webhookId url } }'),
};

const AS_IF_IT_WERE_NOT_THERE = ['APP_NOT_FOUND', 'INVITATION_NOT_FOUND', 'REVIEW_NOT_FOUND'];

/** Whether a user's history is null, which says that the caller may see the user and not their history. */
const isHistoryHidden = (answer: Json): boolean => answer?.user?.history === null;

/** What an answer amounts to, in the words of the table. */
export function accessIn(text: string): Access {
  const { data, errors = [] } = JSON.parse(text) as { data?: Json; errors?: readonly { readonly extensions: { readonly code: string } }[] };
  const codes = errors.map(({ extensions }) => extensions.code);
  if (codes.includes('UNAUTHENTICATED')) return 'UNAUTHENTICATED';
  if (codes.includes('FORBIDDEN')) return 'FORBIDDEN';
  if (codes.length > 0) return 'ALLOWED';
  const [answer] = Object.values(data) as readonly Json[];
  if (answer?.code === 'FORBIDDEN' || isHistoryHidden(answer)) return 'FORBIDDEN';
  return answer == null || AS_IF_IT_WERE_NOT_THERE.includes(answer.code ?? '') ? 'UNKNOWN' : 'ALLOWED';
}
