import type * as events from '../../domain/events';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { Caller } from '../../application/commandTypes';
import type { AccountRow, ReceivedInvitationRow } from '../../projections/accountCentral/queries';
import { DateTimeISO, LeaveBlockerCode, UserKind, UserRole } from '../shared/scalars';
import { globalIdOf, NO_APP } from '../shared/globalId';
import type { ReadSource } from '../context';
import type { PersonKey } from '../../projections/userList/rows';
import { connectionOf, Node } from '../shared/connection';

@ObjectType('LeaveBlocker', { simpleResolvers: true, description: 'A reason why the viewer cannot leave an app.' })
export class LeaveBlocker {
  @Field(() => LeaveBlockerCode, { description: 'Machine-readable reason.' })
  readonly code: 'HAS_ASSIGNED_CONTACTS' | 'LAST_ADMIN' | 'NOT_A_PARTNER';

  @Field(() => String, { description: 'Explanation for the viewer, and what they can do about it.' })
  readonly message: string;

  @Field(() => Int, { nullable: true, description: 'Number of contacts still assigned to the viewer. Null unless the code is `HAS_ASSIGNED_CONTACTS`.' })
  readonly count: number | null;
}

/** An app in a person's Account Central, read from `source`. */
@ObjectType('Account', { implements: Node, simpleResolvers: true, description: 'An app that the viewer has access to, as listed in their Account Central.' })
export class Account implements Node {
  readonly id: string;

  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => String, { description: 'The viewer\'s own name for this app. Equals the account name until the viewer sets one.' })
  readonly label: string;

  @Field(() => String, { description: 'Display name of the app: its id, a space, its name. For example "gx624 Keap Pro Recording".' })
  readonly accountName: string;

  @Field(() => UserRole, { description: 'Role of the viewer in this app.' })
  readonly role: events.UserRole;

  @Field(() => UserKind, { description: 'Whether the viewer belongs to the client\'s own team or is a partner.' })
  readonly kind: events.UserKind;

  @Field(() => DateTimeISO, { description: 'When the viewer last joined the app.' })
  readonly joinedAt: string;

  readonly url: string;

  readonly userId: string;

  constructor(
    row: AccountRow,
    readonly source: ReadSource,
  ) {
    this.id = globalIdOf('Account', row.appId, row.userId, source.moment);
    this.appId = row.appId;
    this.label = row.label;
    this.accountName = row.accountName;
    this.url = row.url;
    this.role = row.role;
    this.kind = row.kind;
    this.joinedAt = row.joinedAt;
    this.userId = row.userId;
  }
}

/** An open invitation that the viewer received. */
@ObjectType('ReceivedInvitation', { implements: Node, simpleResolvers: true, description: 'An open invitation addressed to the viewer\'s Keap ID.' })
export class ReceivedInvitation implements Node, Omit<ReceivedInvitationRow, 'userId'> {
  readonly id: string;

  @Field(() => ID, { description: 'Id of the invitation, unique within its app.' })
  readonly invitationId: string;

  @Field(() => ID, { description: 'Id of the app that the viewer is invited to.' })
  readonly appId: string;

  @Field(() => String, { description: 'Display name of that app: its id, a space, its name.' })
  readonly accountName: string;

  @Field(() => UserRole, { description: 'Role that the viewer gets when they accept.' })
  readonly role: events.UserRole;

  @Field(() => UserKind, { description: 'Whether the viewer is invited as a user or as a partner.' })
  readonly kind: events.UserKind;

  @Field(() => String, { nullable: true, description: 'Name of the person who sent the invitation, or their Keap ID when no name is known. Null when the invitation was imported.' })
  readonly invitedBy: string | null;

  @Field(() => DateTimeISO, { description: 'When the invitation expires. It cannot be accepted from this moment on.' })
  readonly expiresAt: string;

  /** Copies the fields of an invitation as `source` shows it. */
  constructor(row: ReceivedInvitationRow, { moment }: ReadSource) {
    this.id = globalIdOf('ReceivedInvitation', row.appId, row.invitationId, moment);
    this.invitationId = row.invitationId;
    this.appId = row.appId;
    this.accountName = row.accountName;
    this.role = row.role;
    this.kind = row.kind;
    this.invitedBy = row.invitedBy;
    this.expiresAt = row.expiresAt;
  }
}

@ObjectType('Viewer', { implements: Node, simpleResolvers: true, description: 'The person who is signed in.' })
export class Viewer implements Node {
  readonly id: string;

  @Field(() => ID, { description: 'Id of the person. It stays the same when their Keap ID changes, and events name it as `actorId`.' })
  readonly personId: string;

  @Field(() => String, { description: 'Keap ID that the viewer signed in with.' })
  readonly keapId: string;

  @Field(() => String, { nullable: true, description: 'Name of the viewer. Null when the sign-in did not provide one.' })
  readonly name: string | null;

  @Field(() => [String], { description: 'Scopes of the sign-in: "operator" and "auditor" grant access beyond the viewer\'s own apps. Empty for everybody else.' })
  readonly scopes: readonly string[];

  constructor({ actor, keapId, name }: Caller) {
    this.id = globalIdOf('Viewer', NO_APP, actor.personId);
    this.personId = actor.personId;
    this.keapId = keapId;
    this.name = name;
    this.scopes = actor.scopes;
  }
}

/** Account Central of a person, read from `source`. */
@ObjectType('AccountCentral', { implements: Node, simpleResolvers: true, description: 'All apps that the viewer has access to, and all invitations waiting for them.' })
export class AccountCentral implements Node {
  readonly id: string;

  constructor(
    readonly person: PersonKey,
    readonly source: ReadSource,
  ) {
    this.id = globalIdOf('AccountCentral', NO_APP, person.personId, source.moment);
  }
}

@ObjectType('AccountConnection', { simpleResolvers: true, description: 'A page of the apps in the viewer\'s Account Central.' })
export class AccountConnection extends connectionOf(Account, 'account', (row: AccountRow, { source }: AccountCentral) => new Account(row, source)) {
  @Field(() => Int, { description: 'Number of accounts on all pages.' })
  get totalCount(): number {
    return this.parent.source.models.accountCentral.accountCount(this.parent.person);
  }
}
