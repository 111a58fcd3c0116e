import { Field, ObjectType } from 'type-graphql';
import { hashOfToken } from '../application/linkTokens';
import type * as events from '../domain/events';
import { maskKeapId } from '../domain/keapId';
import type { InvitationStatus as Status } from '../projections/userListRows';
import { App } from './app';
import { InvitationStatus, UserKind, UserRole } from './enums';
import type { ReadSource } from './readSource';
import { DateTimeISO } from './scalars';

@ObjectType('InvitationPreview', { simpleResolvers: true, description: 'What the link in an invitation shows before signing in. Looking at it changes nothing.' })
export class InvitationPreview {
  @Field(() => InvitationStatus, { description: 'What became of the invitation.' })
  readonly status: Status;

  @Field(() => String, { nullable: true, description: 'The app that it leads to; null unless it is open.' })
  readonly accountName: string | null = null;

  @Field(() => UserRole, { nullable: true, description: 'What the invited person will be allowed to do; null unless it is open.' })
  readonly role: events.UserRole | null = null;

  @Field(() => UserKind, { nullable: true, description: 'Whether they are invited as a user or as a partner; null unless it is open.' })
  readonly kind: events.UserKind | null = null;

  @Field(() => String, { nullable: true, description: 'Name or Keap ID of who invited; null unless it is open.' })
  readonly invitedBy: string | null = null;

  @Field(() => String, { nullable: true, description: 'Whom it is for, as p•••@acme.com; null unless it is open.' })
  readonly maskedKeapId: string | null = null;

  @Field(() => DateTimeISO, { nullable: true, description: 'From this moment on it can no longer be accepted; null where a newer link was sent.' })
  readonly expiresAt: string | null = null;

  constructor(status: Status, more: Partial<InvitationPreview> = {}) {
    this.status = status;
    Object.assign(this, more);
  }
}

/** What the bearer of the link's token may know: everything of an open invitation, the status of one with a newer link; null for an unknown token. */
export async function previewOf(token: string, source: ReadSource): Promise<InvitationPreview | null> {
  const found = source.models.userList.invitationByTokenHash(hashOfToken(token));
  if (!found) return null;
  const { appId, status, userId, role, kind, expiresAt, invitedBy } = found.invitation;
  if (found.superseded) return new InvitationPreview(status);
  if (status !== 'OPEN') return new InvitationPreview(status, { expiresAt });
  const [app, invited, inviter] = await Promise.all([
    source.apps.load(appId),
    source.users.load({ appId, userId }),
    invitedBy === null ? undefined : source.users.load({ appId, userId: invitedBy }),
  ]);
  return new InvitationPreview(status, {
    accountName: app ? new App(app, source).accountName : null,
    role,
    kind,
    invitedBy: inviter ? (inviter.name ?? inviter.keapId) : null,
    maskedKeapId: invited ? maskKeapId(invited.keapId) : null,
    expiresAt,
  });
}
