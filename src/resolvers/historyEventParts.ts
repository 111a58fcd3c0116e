import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { PersonEnvelope } from '../domain/events';

/** The GraphQL shape of an event's personal envelope. */
@ObjectType('EventPerson', { simpleResolvers: true, description: 'A person as an event names them.' })
export class EventPerson implements PersonEnvelope {
  @Field(() => String, { description: 'The Keap ID, as it was typed.' })
  readonly keapId: string;

  @Field(() => String, { nullable: true, description: 'The name, where one was known.' })
  readonly name: string | null;
}

@ObjectType('PlannedRemoval', { simpleResolvers: true, description: 'The removal of a user whose contacts are passed on first.' })
export class PlannedRemoval {
  @Field(() => Int, { description: 'Which of the user\'s stays in the app it ends, counted from 1.' })
  readonly epoch: number;

  @Field(() => ID, { description: 'The departure.' })
  readonly leaveId: string;
}
