import { Field, ID, InputType } from 'type-graphql';
import type * as wishes from '../application/commandTypes';
import type * as events from '../domain/events';
import { UserRole } from './enums';
import { KeyedInput } from './keyedInput';

@InputType('ChangeUserRoleInput', { description: 'Another role for somebody in an app.' })
export class ChangeUserRoleInput extends KeyedInput implements wishes.ChangeUserRoleInput {
  @Field(() => ID, { description: 'The app\'s own id.' })
  readonly appId: string;

  @Field(() => ID, { description: 'Whose role; the user\'s id in this app.' })
  readonly userId: string;

  @Field(() => UserRole, { description: 'What they may do from now on.' })
  readonly role: events.UserRole;
}

@InputType('RemoveUserInput', { description: 'Somebody whose access to an app ends.' })
export class RemoveUserInput extends KeyedInput implements wishes.RemoveUserInput {
  @Field(() => ID, { description: 'The app\'s own id.' })
  readonly appId: string;

  @Field(() => ID, { description: 'Who; the user\'s id in this app.' })
  readonly userId: string;

  @Field(() => ID, { nullable: true, description: 'Who gets the contacts assigned to them; somebody else who is active in the app. Needed where there are any.' })
  readonly reassignContactsTo?: string | null;
}

@InputType('LeaveAppInput', { description: 'An app that the viewer leaves.' })
export class LeaveAppInput extends KeyedInput implements wishes.LeaveAppInput {
  @Field(() => ID, { description: 'The app\'s own id.' })
  readonly appId: string;

  @Field(() => ID, { description: 'The same id again, to confirm.' })
  readonly confirmAppId: string;
}

@InputType('SetAccountLabelInput', { description: 'The viewer\'s own name for an app.' })
export class SetAccountLabelInput extends KeyedInput implements wishes.SetAccountLabelInput {
  @Field(() => ID, { description: 'The app\'s own id.' })
  readonly appId: string;

  @Field(() => String, { description: 'The name: 1 to 100 characters.' })
  readonly label: string;
}
