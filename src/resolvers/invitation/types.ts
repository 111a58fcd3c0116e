import type * as events from '../../domain/events';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { DeliveryStatus as Delivery, InvitationRow, InvitationStatus as Status } from '../../projections/userList/rows';
import { DateTimeISO, DeliveryStatus, InvitationStatus, UserKind, UserRole } from '../shared/scalars';
import { globalIdOf } from '../shared/globalId';
import { Node } from '../shared/connection';
import { deliveryProblemOf } from '../../application/delivery/deliveryProblem';
import { hashOfToken } from '../../application/linkTokens';
import { maskKeapId } from '../../domain/keapId';
import { App } from '../app/types';
import type { ReadSource } from '../context';

/** An invitation, as seen by people who may see the app's user list. */
@ObjectType('Invitation', { implements: Node, simpleResolvers: true, description: 'An invitation to an app, as seen by people who may see its user list.' })
export class Invitation implements Node {
  readonly id: string;

  @Field(() => ID, { description: 'Id of the invitation, unique within its app.' })
  readonly invitationId: string;

  @Field(() => InvitationStatus, { description: 'State of the invitation.' })
  readonly status: Status;

  @Field(() => DateTimeISO, { description: 'When the invitation expires. It cannot be accepted from this moment on.' })
  readonly expiresAt: string;

  @Field(() => Int, { description: 'Number of times the invitation was sent. 0 when it was imported.' })
  readonly sendCount: number;

  @Field(() => DeliveryStatus, { description: 'Delivery state of the latest e-mail with this invitation.' })
  readonly delivery: Delivery;

  @Field(() => String, {
    nullable: true,
    description: 'Why the message was given up, and what to do, in words. The status codes of the mail server follow in parentheses. Null unless `delivery` is FAILED.',
  })
  readonly deliveryProblem: string | null;

  @Field(() => Boolean, {
    description: 'Whether the admin who sent the invitation last, or raised its role to `ADMIN` since, was removed or demoted later, or lost their sign-in. With the role `ADMIN`, such an invitation cannot be accepted until an active admin confirms it with `resendInvitation`.',
  })
  readonly sentByFormerAdmin: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Token of the link just sent. Set in development mode only, and only in the answer of the mutation that sent it; null otherwise.',
  })
  readonly developmentToken: string | null;

  readonly row: InvitationRow;

  /** Copies the fields of an invitation as `source` shows it. */
  constructor(
    row: InvitationRow,
    readonly source: ReadSource,
    developmentToken: string | null = null,
  ) {
    this.id = globalIdOf('Invitation', row.appId, row.invitationId, source.moment);
    this.row = row;
    this.invitationId = row.invitationId;
    this.status = row.status;
    this.expiresAt = row.expiresAt;
    this.sendCount = row.sendCount;
    this.delivery = row.delivery;
    this.sentByFormerAdmin = row.sentByFormerAdmin === 1;
    this.deliveryProblem = row.deliveryReason === null ? null : deliveryProblemOf(row.deliveryReason);
    this.developmentToken = developmentToken;
  }
}

@ObjectType('InvitationPreview', { simpleResolvers: true, description: 'What an invited person is shown before signing in. Reading it changes nothing.' })
export class InvitationPreview {
  @Field(() => InvitationStatus, { description: 'State of the invitation.' })
  readonly status: Status;

  @Field(() => Boolean, { description: 'Whether a newer link was sent. This link can then no longer be used.' })
  readonly superseded: boolean = false;

  @Field(() => String, { nullable: true, description: 'Display name of the app: its id, a space, its name. Null unless the invitation is open.' })
  readonly accountName: string | null = null;

  @Field(() => UserRole, { nullable: true, description: 'Role that the invited person gets when they accept. Null unless the invitation is open.' })
  readonly role: events.UserRole | null = null;

  @Field(() => UserKind, { nullable: true, description: 'Whether the person is invited as a user or as a partner. Null unless the invitation is open.' })
  readonly kind: events.UserKind | null = null;

  @Field(() => String, { nullable: true, description: 'Name of the person who sent the invitation, or their Keap ID when no name is known. Null when the invitation was imported or is not open.' })
  readonly invitedBy: string | null = null;

  @Field(() => String, { nullable: true, description: 'Keap ID of the invited person with most characters hidden, for example p•••@acme.com. Null unless the invitation is open.' })
  readonly maskedKeapId: string | null = null;

  @Field(() => DateTimeISO, { nullable: true, description: 'When the invitation expires. Null when a newer link was sent.' })
  readonly expiresAt: string | null = null;

  constructor(status: Status, more: Partial<InvitationPreview> = {}) {
    this.status = status;
    Object.assign(this, more);
  }
}

/** Returns what the holder of an invitation token may see: all fields of an open invitation, the status alone when a newer link was sent, null for an unknown token. */
export async function previewOf(token: string, source: ReadSource): Promise<InvitationPreview | null> {
  const found = source.models.userList.invitationByTokenHash(hashOfToken(token));
  if (!found) return null;
  const { appId, status, userId, role, kind, expiresAt, invitedBy } = found.invitation;
  if (found.superseded) return new InvitationPreview(status, { superseded: true });
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
