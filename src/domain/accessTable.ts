import type { Scope } from './actor';

/**
 * What somebody is to an app. Several may hold for one person: then the best answer of all counts. `OPERATOR` and `AUDITOR` are scopes of
 * the sign-in and hold for every app that there is; for an app that there is not everybody is a `STRANGER`.
 */
export const RELATIONS = ['NOBODY', 'STRANGER', 'INVITEE', 'FORMER', 'STANDARD', 'ADMIN', 'OPERATOR', 'AUDITOR'] as const;
export type Relation = (typeof RELATIONS)[number];

/** `ALLOWED`: the rules decide the rest. `UNKNOWN`: as if there were no such thing. */
const ACCESS = ['ALLOWED', 'FORBIDDEN', 'UNKNOWN', 'UNAUTHENTICATED'] as const;
export type Access = (typeof ACCESS)[number];

interface AccessRow {
  /** for people. */
  readonly what: string;
  /** the fields of the API that do it. */
  readonly fields: readonly string[];
  readonly access: Readonly<Record<Relation, Access>>;
}

type SignedIn = Exclude<Relation, 'NOBODY'>;

/** The same for everybody who is signed in but those named. */
function signedIn(others: Access, named: Readonly<Partial<Record<SignedIn, Access>>> = {}): Readonly<Record<Relation, Access>> {
  return { NOBODY: 'UNAUTHENTICATED', STRANGER: others, INVITEE: others, FORMER: others, STANDARD: others, ADMIN: others, OPERATOR: others, AUDITOR: others, ...named };
}

/** Who may do what. The only place that says so: commands, queries, `docs/access.md` and the tests go by it. */
export const ACCESS_TABLE = {
  previewInvitation: {
    what: 'see what the link of an invitation shows',
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
    fields: ['Query.app', 'Query.node'],
    access: signedIn('UNKNOWN', { STANDARD: 'ALLOWED', ADMIN: 'ALLOWED', OPERATOR: 'ALLOWED', AUDITOR: 'ALLOWED' }),
  },
  seeUsers: {
    what: 'see an app\'s users, their invitations and contacts',
    fields: ['App.users', 'App.user'],
    access: signedIn('UNKNOWN', { STANDARD: 'ALLOWED', ADMIN: 'ALLOWED', OPERATOR: 'FORBIDDEN', AUDITOR: 'ALLOWED' }),
  },
  seeEveryApp: {
    what: 'see the list of all apps, and what proves the log',
    fields: ['Query.apps', 'Query.checkpoints', 'Query.latestCheckpoint', 'Query.inclusionProof', 'Query.consistencyProof', 'Query.projectionDigests'],
    access: signedIn('FORBIDDEN', { OPERATOR: 'ALLOWED', AUDITOR: 'ALLOWED' }),
  },
  readHistory: {
    what: 'read what happened in an app',
    fields: ['Query.membershipEvents', 'Query.membershipDiff', 'Subscription.membershipEvents'],
    access: signedIn('FORBIDDEN', { ADMIN: 'ALLOWED', AUDITOR: 'ALLOWED' }),
  },
  readUserHistory: {
    what: 'read what happened to a user of an app',
    fields: ['User.history', 'User.why'],
    access: signedIn('UNKNOWN', { STANDARD: 'FORBIDDEN', ADMIN: 'ALLOWED', OPERATOR: 'FORBIDDEN', AUDITOR: 'ALLOWED' }),
  },
  followUsers: {
    what: 'be told of each change of an app\'s users',
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
  answerInvitation: {
    what: 'accept or decline an invitation by its id: the one that it is addressed to',
    fields: ['Mutation.acceptInvitation', 'Mutation.declineInvitation'],
    access: signedIn('UNKNOWN', { INVITEE: 'ALLOWED' }),
  },
  leave: {
    what: 'leave an app; who cannot leave it any more or not yet is told so',
    fields: ['Mutation.leaveApp'],
    access: signedIn('ALLOWED', { STRANGER: 'UNKNOWN', OPERATOR: 'FORBIDDEN', AUDITOR: 'FORBIDDEN' }),
  },
  label: {
    what: 'name an app in one\'s own Account Central',
    fields: ['Mutation.setAccountLabel'],
    access: signedIn('UNKNOWN', { STANDARD: 'ALLOWED', ADMIN: 'ALLOWED', OPERATOR: 'FORBIDDEN', AUDITOR: 'FORBIDDEN' }),
  },
  operate: {
    what: 'register apps, set licences, release Keap IDs, have events sent to other systems',
    fields: [
      'Mutation.registerApp', 'Mutation.setLicences', 'Mutation.releaseKeapId', 'Mutation.registerWebhook', 'Mutation.removeWebhook', 'Mutation.replayWebhook', 'Query.webhooks',
    ],
    access: signedIn('FORBIDDEN', { OPERATOR: 'ALLOWED' }),
  },
} satisfies Record<string, AccessRow>;

export type Action = keyof typeof ACCESS_TABLE;

const RELATION_OF_SCOPE: Readonly<Record<Scope, Relation>> = { operator: 'OPERATOR', auditor: 'AUDITOR' };

/** What the scopes of a sign-in make somebody to every app. */
export const relationsOfScopes = (scopes: readonly Scope[]): Relation[] => scopes.map((scope) => RELATION_OF_SCOPE[scope]);

/** The best that any of the relations gives; a stranger's answer where there are none. */
export function accessOf(action: Action, relations: readonly Relation[]): Access {
  const { access } = ACCESS_TABLE[action];
  const given = (relations.length === 0 ? (['STRANGER'] as const) : relations).map((relation) => access[relation]);
  return ACCESS.find((one) => given.includes(one)) ?? 'UNAUTHENTICATED';
}

/** Whether any of the relations is enough. */
export const mayDo = (action: Action, relations: readonly Relation[]): boolean => accessOf(action, relations) === 'ALLOWED';
