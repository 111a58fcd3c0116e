import { Field, ID, ObjectType } from 'type-graphql';
import type * as events from '../domain/events';
import type { UserRow, UserStatus as Status } from '../projections/userListRows';
import type { App } from './app';
import { UserKind, UserRole, UserStatus } from './enums';
import { globalIdOf } from './globalId';
import { Node } from './node';
import type { ReadSource } from './readSource';
import { DateTimeISO } from './scalars';

/** A user as `source` shows it. Its fields are copied once, so that lists need no resolver for each of them. */
@ObjectType('User', { implements: Node, simpleResolvers: true, description: 'A person in an app, or once invited to it: one of the client\'s own users, or a partner.' })
export class User implements Node {
  readonly id: string;

  @Field(() => ID, { description: 'One for each app and person, the same again after leaving and coming back.' })
  readonly userId: string;

  @Field(() => String, { description: 'The e-mail address that the person signs in with, as it was typed.' })
  readonly keapId: string;

  @Field(() => String, { nullable: true, description: 'The person\'s name, where one is known.' })
  readonly name: string | null;

  @Field(() => UserKind, { description: 'Whether they belong to the client\'s own team or help as a partner.' })
  readonly kind: events.UserKind;

  @Field(() => UserRole, { description: 'What they may do, or will be allowed to do once they have accepted.' })
  readonly role: events.UserRole;

  @Field(() => UserStatus, { description: 'Where they stand in the app.' })
  readonly status: Status;

  @Field(() => Boolean, { description: 'Whether they use one of the app\'s licences: active, and no partner.' })
  readonly usesLicence: boolean;

  @Field(() => DateTimeISO, { nullable: true, description: 'When they were last invited; null for an app\'s owner.' })
  readonly invitedAt: string | null;

  @Field(() => DateTimeISO, { nullable: true, description: 'When they last joined; null before the first time.' })
  readonly joinedAt: string | null;

  @Field(() => DateTimeISO, { nullable: true, description: 'When their access or invitation ended; null while it has not.' })
  readonly endedAt: string | null;

  readonly appId: string;
  readonly row: UserRow;
  readonly invitedByUserId: string | null;
  readonly invitationId: string | null;

  /** @param app the user's app as the same source shows it, where it is at hand. */
  constructor(
    row: UserRow,
    readonly source: ReadSource,
    readonly app?: App,
  ) {
    this.id = globalIdOf('User', row.appId, row.userId);
    this.userId = row.userId;
    this.keapId = row.keapId;
    this.name = row.name;
    this.kind = row.kind;
    this.role = row.role;
    this.status = row.status;
    this.usesLicence = row.kind === 'USER' && row.status === 'ACTIVE';
    this.invitedAt = row.invitedAt;
    this.joinedAt = row.joinedAt;
    this.endedAt = row.endedAt;
    this.appId = row.appId;
    this.row = row;
    this.invitedByUserId = row.invitedBy;
    this.invitationId = row.invitationId;
  }
}
