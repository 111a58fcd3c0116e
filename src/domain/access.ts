import type { Scope, UserKind, UserRole } from './events';

/**
 * A person's relation to an app. A person may have several; then the most permissive answer applies. `ADMIN` is an admin of kind
 * USER. `OPERATOR` and `AUDITOR` are scopes of the sign-in and apply to every existing app. To an app that does not exist, everybody
 * is a `STRANGER`.
 */
export const RELATIONS = ['NOBODY', 'STRANGER', 'INVITEE', 'FORMER', 'STANDARD', 'PARTNER_ADMIN', 'ADMIN', 'OPERATOR', 'AUDITOR'] as const;
export type Relation = (typeof RELATIONS)[number];

/** The answers. `ALLOWED` leaves the decision to the other rules; `UNKNOWN` responds as if the object did not exist. */
const ACCESS = ['ALLOWED', 'FORBIDDEN', 'UNKNOWN', 'UNAUTHENTICATED'] as const;
export type Access = (typeof ACCESS)[number];

interface AccessRow {
  /** Human-readable description of the action. */
  readonly what: string;
  /** The fields of the API that perform the action. */
  readonly fields: readonly string[];
  readonly access: Readonly<Record<Relation, Access>>;
}

type SignedIn = Exclude<Relation, 'NOBODY'>;

/** A row with one answer for all signed-in people, except for the relations named. Partner admins get the answer of other admins unless they are named. */
function signedIn(others: Access, named: Readonly<Partial<Record<SignedIn, Access>>> = {}): Readonly<Record<Relation, Access>> {
  const ADMIN = named.ADMIN ?? others;
  return { NOBODY: 'UNAUTHENTICATED', STRANGER: others, INVITEE: others, FORMER: others, STANDARD: others, PARTNER_ADMIN: ADMIN, ADMIN, OPERATOR: others, AUDITOR: others, ...named };
}

/** Who may do what. Commands, queries, `docs/access.md` and the tests all use this table. */
export const ACCESS_TABLE = {
  previewInvitation: {
    what: 'see the preview behind an invitation link',
    fields: ['Query.invitation'],
    access: { ...signedIn('ALLOWED'), NOBODY: 'ALLOWED' },
  },
  seeOneself: {
    what: 'see oneself and one\'s own Account Central',
    fields: ['Query.viewer', 'Query.accountCentral', 'Subscription.accountCentralChanged'],
    access: signedIn('ALLOWED'),
  },
  seeApp: {
    what: 'see an app and its licences',
    fields: ['Query.app', 'Query.node', 'App.viewer'],
    access: signedIn('UNKNOWN', { STANDARD: 'ALLOWED', ADMIN: 'ALLOWED', OPERATOR: 'ALLOWED', AUDITOR: 'ALLOWED' }),
  },
  seeUsers: {
    what: 'see an app\'s users, their invitations and contacts',
    fields: ['App.users', 'App.user'],
    access: signedIn('UNKNOWN', { STANDARD: 'ALLOWED', ADMIN: 'ALLOWED', OPERATOR: 'FORBIDDEN', AUDITOR: 'ALLOWED' }),
  },
  seeEveryApp: {
    what: 'list all apps, and see checkpoints and proofs of the log',
    fields: ['Query.apps', 'Query.checkpoints', 'Query.latestCheckpoint', 'Query.inclusionProof', 'Query.consistencyProof', 'Query.projectionDigests'],
    access: signedIn('FORBIDDEN', { OPERATOR: 'ALLOWED', AUDITOR: 'ALLOWED' }),
  },
  readAdministration: {
    what: 'read what operators and auditors did; operators read it without what auditors read',
    fields: ['Query.administrativeEvents'],
    access: signedIn('FORBIDDEN', { OPERATOR: 'ALLOWED', AUDITOR: 'ALLOWED' }),
  },
  exportAdministration: {
    what: 'download what operators and auditors did as a sealed file, which has what auditors read',
    fields: ['GET /export/administration.ndjson'],
    access: signedIn('FORBIDDEN', { AUDITOR: 'ALLOWED' }),
  },
  readHistory: {
    what: 'read what happened in an app',
    fields: ['Query.membershipEvents', 'Query.membershipDiff', 'Query.periodsOfAccess', 'GET /export/access.csv', 'Subscription.membershipEvents'],
    access: signedIn('FORBIDDEN', { ADMIN: 'ALLOWED', AUDITOR: 'ALLOWED' }),
  },
  readUserHistory: {
    what: 'read what happened to a user of an app',
    fields: ['User.history', 'User.why'],
    access: signedIn('UNKNOWN', { STANDARD: 'FORBIDDEN', ADMIN: 'ALLOWED', OPERATOR: 'FORBIDDEN', AUDITOR: 'ALLOWED' }),
  },
  followUsers: {
    what: 'follow the changes of an app\'s users',
    fields: ['Subscription.appUsersChanged'],
    access: signedIn('FORBIDDEN', { ADMIN: 'ALLOWED' }),
  },
  administer: {
    what: 'invite, change roles, remove, and assign contacts',
    fields: [
      'Mutation.invitePartner', 'Mutation.inviteUser', 'Mutation.resendInvitation', 'Mutation.revokeInvitation', 'Mutation.changeUserRole', 'Mutation.removeUser',
      'Mutation.assignContacts', 'Mutation.unassignContacts', 'Mutation.reassignContacts',
    ],
    access: signedIn('UNKNOWN', { STANDARD: 'FORBIDDEN', ADMIN: 'ALLOWED', OPERATOR: 'FORBIDDEN', AUDITOR: 'FORBIDDEN' }),
  },
  administerAdmins: {
    what: 'invite a user as an admin, make a user an admin, and demote or remove an admin of kind USER, also while they are invited',
    fields: ['inviteUser (role ADMIN)', 'changeUserRole (to or from a USER with the role ADMIN)', 'removeUser (a USER with the role ADMIN)'],
    access: signedIn('UNKNOWN', { STANDARD: 'FORBIDDEN', PARTNER_ADMIN: 'FORBIDDEN', ADMIN: 'ALLOWED', OPERATOR: 'FORBIDDEN', AUDITOR: 'FORBIDDEN' }),
  },
  startReview: {
    what: 'start an access review of an app',
    fields: ['Mutation.startAccessReview'],
    access: signedIn('UNKNOWN', { STANDARD: 'FORBIDDEN', ADMIN: 'ALLOWED', OPERATOR: 'ALLOWED', AUDITOR: 'ALLOWED' }),
  },
  decideReview: {
    what: 'decide on people in an access review, and finish it',
    fields: ['Mutation.decideAccess', 'Mutation.finishAccessReview'],
    access: signedIn('UNKNOWN', { ADMIN: 'ALLOWED', OPERATOR: 'FORBIDDEN', AUDITOR: 'FORBIDDEN' }),
  },
  listReviews: {
    what: 'list the access reviews of an app',
    fields: ['Query.accessReviews'],
    access: signedIn('FORBIDDEN', { ADMIN: 'ALLOWED', OPERATOR: 'ALLOWED', AUDITOR: 'ALLOWED' }),
  },
  readReview: {
    what: 'read an access review; operators read it without the people',
    fields: ['Query.accessReview'],
    access: signedIn('UNKNOWN', { ADMIN: 'ALLOWED', OPERATOR: 'ALLOWED', AUDITOR: 'ALLOWED' }),
  },
  readReviewedPeople: {
    what: 'read the people of an access review, and what was decided',
    fields: ['AccessReview.items', 'AccessReview.differences', 'GET /export/review.ndjson', 'GET /export/review.html'],
    access: signedIn('UNKNOWN', { ADMIN: 'ALLOWED', OPERATOR: 'FORBIDDEN', AUDITOR: 'ALLOWED' }),
  },
  answerInvitation: {
    what: 'accept or decline an invitation by its id, as its addressee',
    fields: ['Mutation.acceptInvitation', 'Mutation.declineInvitation'],
    access: signedIn('UNKNOWN', { INVITEE: 'ALLOWED' }),
  },
  leave: {
    what: 'leave an app; former and invited people are told why they cannot',
    fields: ['Mutation.leaveApp'],
    access: signedIn('ALLOWED', { STRANGER: 'UNKNOWN', OPERATOR: 'FORBIDDEN', AUDITOR: 'FORBIDDEN' }),
  },
  label: {
    what: 'name an app in one\'s own Account Central',
    fields: ['Mutation.setAccountLabel'],
    access: signedIn('UNKNOWN', { STANDARD: 'ALLOWED', ADMIN: 'ALLOWED', OPERATOR: 'FORBIDDEN', AUDITOR: 'FORBIDDEN' }),
  },
  operate: {
    what: 'register and rename apps, set licences, appoint admins, give memberships to another sign-in, release Keap IDs, manage webhooks',
    fields: [
      'Mutation.registerApp', 'Mutation.renameApp', 'Mutation.setLicences', 'Mutation.appointAdmin', 'Mutation.rebindUser', 'Mutation.releaseKeapId', 'Mutation.registerWebhook', 'Mutation.removeWebhook', 'Mutation.replayWebhook', 'Query.webhooks',
    ],
    access: signedIn('FORBIDDEN', { OPERATOR: 'ALLOWED' }),
  },
} satisfies Record<string, AccessRow>;

export type Action = keyof typeof ACCESS_TABLE;

/** The actions in an app that clients are told about, each with the row of the access table that decides it. Only partners may leave. */
export const APP_ACTIONS = {
  INVITE_PARTNER: 'administer',
  INVITE_USER: 'administer',
  INVITE_ADMIN: 'administerAdmins',
  CHANGE_ROLES: 'administer',
  REMOVE_USERS: 'administer',
  ASSIGN_CONTACTS: 'administer',
  READ_HISTORY: 'readHistory',
  LEAVE: 'leave',
  SET_LICENCES: 'operate',
  APPOINT_ADMIN: 'operate',
} as const satisfies Record<string, Action>;

export type AppAction = keyof typeof APP_ACTIONS;

/** The relation of an active member. */
export const relationOfMember = ({ kind, role }: { readonly kind: UserKind; readonly role: UserRole }): Relation => (kind === 'PARTNER' && role === 'ADMIN' ? 'PARTNER_ADMIN' : role);

const RELATION_OF_SCOPE: Readonly<Record<Scope, Relation>> = { operator: 'OPERATOR', auditor: 'AUDITOR' };

/** The relations to every app that the scopes of a sign-in give. */
export const relationsOfScopes = (scopes: readonly Scope[]): Relation[] => scopes.map((scope) => RELATION_OF_SCOPE[scope]);

/** The most permissive answer of the relations; a stranger's answer when there are none. */
export function accessOf(action: Action, relations: readonly Relation[]): Access {
  const { access } = ACCESS_TABLE[action];
  const given = (relations.length === 0 ? (['STRANGER'] as const) : relations).map((relation) => access[relation]);
  return ACCESS.find((one) => given.includes(one)) ?? 'UNAUTHENTICATED';
}

/** Whether any of the relations allows the action. */
export const mayDo = (action: Action, relations: readonly Relation[]): boolean => accessOf(action, relations) === 'ALLOWED';
