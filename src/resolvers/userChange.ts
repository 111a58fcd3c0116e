import { Field, ObjectType } from 'type-graphql';
import { LogPosition } from './scalars';
import { User } from './user';

@ObjectType('UserChange', { simpleResolvers: true, description: 'Something about a user of an app that is different now.' })
export class UserChange {
  @Field(() => User, { description: 'The user as they are now, which includes this change and may include later ones.' })
  readonly user: User;

  @Field(() => LogPosition, { description: 'Where the change stands in the log.' })
  readonly position: string;
}
