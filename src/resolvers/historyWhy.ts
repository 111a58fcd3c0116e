import { Field, ObjectType } from 'type-graphql';
import { MembershipEvent } from './historyEvent';

@ObjectType('UserWhy', { simpleResolvers: true, description: 'The events that made a user what they are.' })
export class UserWhy {
  @Field(() => MembershipEvent, { description: 'What gave them their status.' })
  readonly status: MembershipEvent;

  @Field(() => MembershipEvent, { description: 'What gave them their role.' })
  readonly role: MembershipEvent;

  @Field(() => MembershipEvent, { nullable: true, description: 'What took or reserved a licence for them; null where they have none.' })
  readonly licence: MembershipEvent | null;
}
