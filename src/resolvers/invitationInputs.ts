import { Field, ID, InputType } from 'type-graphql';
import type * as wishes from '../application/commandTypes';
import type * as events from '../domain/events';
import { UserRole } from './enums';
import { KeyedInput } from './keyedInput';

@InputType('InvitePartnerInput', { description: 'Somebody to be invited to an app as a partner.' })
export class InvitePartnerInput extends KeyedInput implements wishes.InviteInput {
  @Field(() => ID, { description: 'The app\'s own id.' })
  readonly appId: string;

  @Field(() => String, { description: 'The partner\'s Keap ID, an e-mail address. The invitation is sent there.' })
  readonly keapId: string;

  @Field(() => UserRole, { description: 'What they will be allowed to do.' })
  readonly role: events.UserRole;

  @Field(() => String, { nullable: true, description: 'Their name, at most 200 characters.' })
  readonly name?: string | null;
}

@InputType('InviteUserInput', { description: 'Somebody of the client\'s own team to be invited to an app.' })
export class InviteUserInput extends KeyedInput implements wishes.InviteInput {
  @Field(() => ID, { description: 'The app\'s own id.' })
  readonly appId: string;

  @Field(() => String, { description: 'The user\'s Keap ID, an e-mail address. The invitation is sent there.' })
  readonly keapId: string;

  @Field(() => UserRole, { description: 'What they will be allowed to do.' })
  readonly role: events.UserRole;

  @Field(() => String, { nullable: true, description: 'Their name, at most 200 characters.' })
  readonly name?: string | null;
}

@InputType('InvitationInput', { description: 'An invitation that the app sent.' })
export class InvitationInput extends KeyedInput implements wishes.InvitationInput {
  @Field(() => ID, { description: 'The app\'s own id.' })
  readonly appId: string;

  @Field(() => ID, { description: 'The invitation\'s id within its app.' })
  readonly invitationId: string;
}

@InputType('AcceptInvitationInput', { description: 'An invitation that the viewer received: either "token", or "appId" with "invitationId".' })
export class AcceptInvitationInput extends KeyedInput implements wishes.AnswerInvitationInput {
  @Field(() => String, { nullable: true, description: 'The token of the link that was sent.' })
  readonly token?: string | null;

  @Field(() => ID, { nullable: true, description: 'The app\'s own id, as Account Central shows it.' })
  readonly appId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The invitation\'s id, as Account Central shows it.' })
  readonly invitationId?: string | null;
}
