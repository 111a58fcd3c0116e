import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { DeliveryStatus as Delivery, InvitationRow, InvitationStatus as Status } from '../projections/userListRows';
import { DeliveryStatus, InvitationStatus } from './enums';
import { globalIdOf } from './globalId';
import { Node } from './node';
import { DateTimeISO } from './scalars';

/** An invitation as those see it who see the app's user list. */
@ObjectType('Invitation', { implements: Node, simpleResolvers: true, description: 'An invitation to an app, as its members see it.' })
export class Invitation implements Node {
  readonly id: string;

  @Field(() => ID, { description: 'The invitation\'s id within its app.' })
  readonly invitationId: string;

  @Field(() => InvitationStatus, { description: 'What became of it.' })
  readonly status: Status;

  @Field(() => DateTimeISO, { description: 'From this moment on it can no longer be accepted.' })
  readonly expiresAt: string;

  @Field(() => Int, { description: 'How often it was sent; 0 where it was imported.' })
  readonly sendCount: number;

  @Field(() => DeliveryStatus, { description: 'How far the latest message has come.' })
  readonly delivery: Delivery;

  @Field(() => String, {
    nullable: true,
    description: 'The token of the link just sent, in development mode only and only in the answer of the mutation that sent it; otherwise null.',
  })
  readonly developmentToken: string | null;

  constructor(row: InvitationRow, developmentToken: string | null = null) {
    this.id = globalIdOf('Invitation', row.appId, row.invitationId);
    this.invitationId = row.invitationId;
    this.status = row.status;
    this.expiresAt = row.expiresAt;
    this.sendCount = row.sendCount;
    this.delivery = row.delivery;
    this.developmentToken = developmentToken;
  }
}
